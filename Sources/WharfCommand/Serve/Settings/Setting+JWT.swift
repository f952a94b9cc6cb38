/// The settings of JWTs, with `auth=jwt`.
extension Setting {
    static let jwt: [Setting] = [
        anyText("jwt-issuer", \.jwt.issuer, "The issuer of accepted JWTs: their claim `iss`, exactly."),
        .text(
            "jwt-audience", \.jwt.audiences,
            "Comma-separated names of this server, one of which accepted JWTs have in their claim `aud`.",
            expects: "a list such as wharf,https://uploads.example.org"
        ) {
            list($0)
        } write: {
            $0.joined(separator: ",")
        },
        .text(
            "jwt-keys", \.jwt.keys,
            "The issuer's public keys (JWK Set): a file, read again when it changes (`reload-interval`), or a URL with `https` "
                + "(on this machine also `http`).",
            expects: "a file, an https URL without user and password, or an http URL of this machine"
        ) { text in
            if text.isEmpty { return .some(nil) }
            return KeyLocation(text).map { .some($0) }
        } write: {
            $0?.description ?? ""
        },
        claim(
            "jwt-principal-claim", \.jwt.principalClaim,
            "The claim with the principal, which must never be given to another person; a path with dots descends into "
                + "objects."),
        claim(
            "jwt-roles-claim", \.jwt.rolesClaim,
            "The claim with the roles, an array or one string with spaces; a path with dots descends into objects: "
                + "`realm_access.roles`."),
        anyText("jwt-operator-role", \.jwt.operatorRole, "The role of operators; empty for none."),
        anyText(
            "jwt-user-role", \.jwt.userRole,
            "The role that all other callers need; empty to admit every accepted JWT."),
        .duration(
            "jwt-refresh-interval", \.jwt.refreshIntervalMilliseconds, from: 1000,
            "Interval at which keys are fetched from a URL. A JWT with an unknown key causes a fetch, too, every 30 s at "
                + "most."
        ).applying(to: .fetchedKeys),
    ]

    private static func anyText(_ name: String, _ target: Target<String>, _ summary: String) -> Setting {
        .text(name, target, summary, expects: "a text") {
            $0
        } write: {
            $0
        }
    }

    private static func claim(_ name: String, _ target: Target<String>, _ summary: String) -> Setting {
        .text(name, target, summary, expects: "the name of a claim") {
            $0.isEmpty ? nil : $0
        } write: {
            $0
        }
    }
}
