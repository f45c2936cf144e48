"""The pages that are looked at: a name, who opens it, and its address without the language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `role` is whose cookie opens it ("" for nobody's); names in braces are rows of the loaded sample."""

    name: str
    role: str
    path: str


C = "/c/tripoli"
RUN = f"{C}/facilitate/sessions"
DESK = f"{C}/organise"

PAGES = (
    Page("home", "", "/"),
    Page("consultation", "", f"{C}/"),
    Page("register", "", f"{C}/submissions/"),
    Page("register-search", "", f"{C}/submissions/?q=%D8%A7%D9%84%D8%A8%D9%84%D8%AF%D9%8A%D8%A9"),
    Page("submission", "", f"{C}/submissions/TC-2026-00002/"),
    Page("revision", "", f"{C}/submissions/TC-2026-00002/revisions/2/"),
    Page("moderation", "", f"{C}/moderation/"),
    Page("answers", "", f"{C}/answers/?kind=partly"),
    Page("sessions", "", f"{C}/sessions/"),
    Page("session-past", "", f"{C}/sessions/1/"),
    Page("session-now", "", f"{C}/sessions/2/"),
    Page("recommendations", "", f"{C}/recommendations/"),
    Page("recommendation-adopted", "", f"{C}/recommendations/1/"),
    Page("recommendation-rejected", "", f"{C}/recommendations/4/"),
    Page("version", "", f"{C}/recommendations/1/versions/2/"),
    Page("ballot", "", f"{C}/ballots/4/"),
    Page("ballot-choice", "", f"{C}/ballots/5/"),
    Page("outcome", "", f"{C}/outcome/"),
    Page("edition", "", f"{C}/outcome/1/"),
    Page("paragraph", "", f"{C}/outcome/1/paragraphs/25/"),
    Page("verify", "", f"{C}/outcome/1/verify/"),
    Page("bodies", "", f"{C}/bodies/"),
    Page("body", "", f"{C}/bodies/cso-marsa/"),
    Page("coverage", "", f"{C}/coverage/"),
    Page("log", "", f"{C}/log/"),
    Page("promises", "", "/about/promises"),
    Page("privacy", "", "/about/privacy"),
    Page("accessibility", "", "/about/accessibility"),
    Page("sign-in", "", "/sign-in"),
    Page("account", "municipal", "/account"),
    Page("security", "municipal", "/account/security"),
    Page("data", "municipal", "/account/data"),
    Page("app", "municipal", "/account/security/app"),
    Page("prove", "municipal", "/account/prove"),
    Page("consultation-member", "municipal", f"{C}/"),
    Page("mine", "municipal", f"{C}/mine/"),
    Page("write", "municipal", f"{C}/write/"),
    Page("step-title", "municipal", f"{C}/write/{{draft}}/behalf/"),
    Page("step-text", "municipal", f"{C}/write/{{draft}}/text/"),
    Page("step-track", "municipal", f"{C}/write/{{draft}}/track/"),
    Page("check", "municipal", f"{C}/write/{{draft}}/check/"),
    Page("receipt", "municipal", f"{C}/receipts/TC-2026-00002/"),
    Page("letter", "municipal", f"{C}/letters/TC-2026-00002/"),
    Page("session-member", "municipal", f"{C}/sessions/2/"),
    Page("vote", "municipal", f"{C}/ballots/7/vote/"),
    Page("registration", "cso", f"{C}/cso/registration/"),
    Page("review-queue", "moderator", f"{C}/review/"),
    Page("review-published", "moderator", f"{C}/review/?list=published"),
    Page("review", "moderator", f"{C}/review/TC-2026-00057/"),
    Page("review-together", "moderator", f"{C}/review/together/?t=TC-2026-00057.1&t=TC-2026-00058.1"),
    Page("appeals", "moderator", f"{C}/appeals/"),
    Page("campaigns", "moderator", f"{C}/campaigns/"),
    Page("run-sessions", "moderator", f"{RUN}/"),
    Page("console", "moderator", f"{RUN}/2/"),
    Page("attendance", "moderator", f"{RUN}/2/attendance/"),
    Page("minutes", "moderator", f"{RUN}/2/minutes/"),
    Page("run-ballot", "moderator", f"{C}/facilitate/ballots/7/"),
    Page("close-ballot", "moderator", f"{C}/facilitate/ballots/7/close/"),
    Page("desk", "organiser", f"{DESK}/"),
    Page("frame", "organiser", f"{DESK}/frame/"),
    Page("phase", "organiser", f"{DESK}/frame/phases/submissions/"),
    Page("rules-of-moderation", "organiser", f"{DESK}/moderation/"),
    Page("ground", "organiser", f"{DESK}/moderation/grounds/unclear/"),
    Page("track", "organiser", f"{DESK}/frame/tracks/academic/"),
    Page("people", "organiser", f"{DESK}/people/"),
    Page("invite", "organiser", f"{DESK}/people/invite/municipal/"),
    Page("answers-desk", "organiser", f"{DESK}/answers/"),
    Page("answers-text", "organiser", f"{DESK}/answers/texts/TC-2026-00002/"),
    Page("answer-letters", "organiser", f"{DESK}/answers/letters/"),
    Page("agenda", "organiser", f"{DESK}/sessions/3/agenda/"),
    Page("plan-session", "organiser", f"{DESK}/sessions/new/"),
    Page("draft-recommendations", "organiser", f"{DESK}/recommendations/"),
    Page("draft-recommendation", "organiser", f"{DESK}/recommendations/7/"),
    Page("rules", "organiser", f"{DESK}/rules/"),
    Page("new-rule", "organiser", f"{DESK}/rules/new/"),
    Page("document", "organiser", f"{DESK}/document/"),
    Page("new-consultation", "organiser", "/organise/new"),
    Page("administer", "administrator", "/administer/"),
    Page("roles", "administrator", "/administer/roles/"),
    Page("accounts", "administrator", "/administer/accounts/"),
    Page("register-of-bodies", "organiser", "/administer/bodies/?kind=ministry"),
    Page("register-body", "organiser", "/administer/bodies/{body}/"),
    Page("mandate", "organiser", "/administer/bodies/{body}/mandates/new/"),
    Page("outbox", "administrator", "/administer/outbox/"),
    Page("deliveries", "administrator", "/administer/deliveries/"),
)
#: Pages with a form that the list above leaves out; with their errors they are looked at too.
MORE = (
    Page("review", "moderator", f"{C}/review/TC-2026-00056/"),
    Page("withdraw", "municipal", f"{C}/submissions/TC-2026-00002/withdraw/"),
    Page("password", "municipal", "/account/password"),
    Page("details", "municipal", "/account/details"),
    Page("new-role", "administrator", "/administer/roles/new/"),
    Page("answer", "organiser", f"{DESK}/answers/give/?t=TC-2026-00002&t=TC-2026-00004"),
    Page("new-body", "organiser", "/administer/bodies/new/"),
    Page("rename-body", "organiser", "/administer/bodies/{body}/name/"),
    Page("end-body", "organiser", "/administer/bodies/{body}/end/"),
    Page("capacity", "organiser", "/administer/bodies/{body}/capacities/new/"),
    Page("contact", "organiser", "/administer/bodies/{body}/contacts/new/"),
    Page("new-ballot", "organiser", f"{DESK}/ballots/new/"),
    Page("new-phase", "organiser", f"{DESK}/frame/phases/new/"),
    Page("new-recommendation", "organiser", f"{DESK}/recommendations/new/"),
    Page("track-municipal", "organiser", f"{DESK}/frame/tracks/municipal/"),
    Page("track-academic", "organiser", f"{DESK}/frame/tracks/academic/"),
    Page("track-cso", "organiser", f"{DESK}/frame/tracks/cso/"),
)
