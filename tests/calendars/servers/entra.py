"""The sign-in of Microsoft: discovery, and tokens for a secret or a signed assertion."""

import base64
import secrets
from datetime import timedelta

import jwt
from cryptography.hazmat.primitives import hashes

from tests.calendars.servers.serving import Answer

TENANT = "11111111-2222-3333-4444-555555555555"
CLIENT = "99999999-8888-7777-6666-555555555555"
SECRET = "a secret + more/of it"
SCOPE = "https://graph.example/.default"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def refusal(status, code, *, error="invalid_client"):
    return Answer(
        status,
        {"error": error, "error_description": f"AADSTS{code}: of {code}", "error_codes": [code]},
    )


class Entra:
    """A tenant with one app registration."""

    def __init__(self, server):
        self._server = server
        self.certificate = None  # what was added to the registration
        self.refuses = None  # a code: what every sign-in gets
        self.is_early = timedelta()  # how far the clock of the client is ahead
        self._tokens = set()

    def accepts(self, authorization):
        return authorization.removeprefix("Bearer ") in self._tokens

    def end_tokens(self):
        self._tokens.clear()

    def answer(self, request):
        tenant, _, rest = request.path.lstrip("/").partition("/")
        if tenant != TENANT:
            return refusal(400, 90002, error="invalid_tenant")
        if rest == "v2.0/.well-known/openid-configuration":
            base = f"{self._server.url}/{TENANT}"
            return Answer(
                200,
                {
                    "issuer": f"{base}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                },
            )
        if request.method == "POST" and rest == "oauth2/v2.0/token":
            return self._sign_in(request.values)
        return Answer(404)

    def _sign_in(self, told):
        if self.refuses:
            return refusal(401, self.refuses)
        if told.get("client_id") != CLIENT:
            return refusal(400, 700016, error="unauthorized_client")
        if told.get("grant_type") != "client_credentials" or told.get("scope") != SCOPE:
            return refusal(400, 1002012, error="invalid_scope")
        if "client_assertion" in told:
            if code := self._fault_of(told):
                return refusal(401, code)
        elif told.get("client_secret") != SECRET:
            return refusal(401, 7000215)
        token = secrets.token_urlsafe()
        self._tokens.add(token)
        return Answer(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token})

    def _fault_of(self, told):
        assertion = told["client_assertion"]
        if told.get("client_assertion_type") != ASSERTION or self.certificate is None:
            return 700027
        shown = jwt.get_unverified_header(assertion).get("x5t#S256", "")
        known = base64.urlsafe_b64encode(self.certificate.fingerprint(hashes.SHA256())).decode()
        if shown.rstrip("=") != known.rstrip("="):  # msal writes it with the padding
            return 700027
        try:
            jwt.decode(
                assertion,
                self.certificate.public_key(),
                algorithms=["PS256"],
                audience=f"{self._server.url}/{TENANT}/oauth2/v2.0/token",
                issuer=CLIENT,
            )
        except jwt.PyJWTError:
            return 700027
        return 700024 if self.is_early else None
