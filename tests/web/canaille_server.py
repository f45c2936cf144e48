"""A real provider of identities (Canaille) in a process of its own: started with its settings, it prints its port.

Two people, each with an address and a password, and one client that asks no consent; everything in memory.
"""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    """A handler that writes no log."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until the process is ended."""
    from canaille import create_app
    from canaille.app import models
    from canaille.backends import Backend
    from joserfc.jwk import JWKRegistry

    told = json.loads(sys.argv[1])
    server = make_server("127.0.0.1", 0, lambda *_: [], handler_class=Quiet)
    port = server.server_port
    key = JWKRegistry.generate_key("RSA", 2048)
    key.ensure_kid()
    app = create_app(
        config={
            "SECRET_KEY": str(uuid.uuid4()),
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "TESTING": True,
            "WTF_CSRF_ENABLED": False,
            "ENV_FILE": None,
            "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False, "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"]}}},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [key.as_dict(private=True)], "TRUSTED_DOMAINS": ["localhost"]},
        }
    )
    with app.app_context():
        for name in told["people"]:
            user = models.User(
                user_name=name,
                given_name=name,
                family_name=name,
                formatted_name=name,
                emails=[f"{name}@example.org"],
                password=told["password"],
            )
            Backend.instance.save(user)
        client = models.Client(
            client_id=told["client"],
            client_secret=told["secret"],
            client_name="consult",
            client_uri="http://localhost",
            redirect_uris=told["back"],
            grant_types=["authorization_code"],
            response_types=["code"],
            scope=["openid", "email"],
            token_endpoint_auth_method="client_secret_basic",
        )
        Backend.instance.save(client)
        client.audience = [client]
        Backend.instance.save(client)
    server.set_app(app)
    print(port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
