"""What Tor Browser sets at its level Safest, as preferences of the Firefox it is made of.

From the Tor Browser 14 series: `SecurityLevel.sys.mjs` (what the levels set), `001-base-profile.js` (what is always set), and what
its NoScript takes away at this level (scripts, fonts, media, WebGL). What is Tor's own, the network and the letterbox's sizes by
a patch, is not here.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The level itself.
LEVEL: Mapping[str, bool | int | str] = {
    "javascript.enabled": False,
    "javascript.options.ion": False,
    "javascript.options.baselinejit": False,
    "javascript.options.native_regexp": False,
    "javascript.options.wasm": False,
    "javascript.options.asmjs": False,
    "svg.disabled": True,
    "mathml.disabled": True,
    "gfx.font_rendering.graphite.enabled": False,
    "gfx.font_rendering.opentype_svg.enabled": False,
}
#: What NoScript refuses there.
NOSCRIPT: Mapping[str, bool | int | str] = {
    "gfx.downloadable_fonts.enabled": False,
    "media.mp4.enabled": False,
    "media.webm.enabled": False,
    "media.ogg.enabled": False,
    "media.opus.enabled": False,
    "media.wave.enabled": False,
    "media.av1.enabled": False,
    "webgl.disabled": True,
}
#: What every level has.
ALWAYS: Mapping[str, bool | int | str] = {
    "browser.privatebrowsing.autostart": True,
    "privacy.resistFingerprinting": True,
    "privacy.resistFingerprinting.letterboxing": True,
    "privacy.firstparty.isolate": True,
    "privacy.spoof_english": 2,
    "network.cookie.cookieBehavior": 1,
    "network.http.referer.defaultPolicy": 2,
    "network.http.referer.hideOnionSource": True,
    "network.http.referer.XOriginTrimmingPolicy": 0,
    "dom.security.https_only_mode": True,
    "media.peerconnection.enabled": False,
    "media.navigator.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "network.http.speculative-parallel-limit": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "browser.cache.disk.enable": False,
    "browser.sessionhistory.max_total_viewers": 0,
    "dom.serviceWorkers.enabled": False,
    "geo.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
}
SAFEST: Mapping[str, bool | int | str] = {**ALWAYS, **NOSCRIPT, **LEVEL}
#: Sizes of its windows, in pixels: the usual one of a large screen, the one of before, a small screen, the narrowest it makes.
SIZES = ((1400, 900), (1000, 1000), (800, 600), (500, 700))
