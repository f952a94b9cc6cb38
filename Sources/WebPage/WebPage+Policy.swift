extension WebPage {
    /// The header fields of all responses that carry a file of the page.
    ///
    /// The page loads nothing from other origins, runs no scripts but its own files, and cannot be framed. Pictures
    /// come from the server, from memory (`blob:`, if fetching them needs a token) or from the lists (`data:`), films from
    /// the server. Trusted Types (`require-trusted-types-for`) keep text from becoming markup by mistake.
    ///
    /// - Parameter contentOrigin: The origin to which the server redirects pictures and films; nil for its own.
    public static func securityFields(contentOrigin: String? = nil) -> [(name: String, value: String)] {
        [
            ("Content-Security-Policy", contentSecurityPolicy(contentOrigin)),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
        ]
    }

    static func contentSecurityPolicy(_ contentOrigin: String?) -> String {
        let content = contentOrigin.map { " " + $0 } ?? ""
        return [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:" + content,
            "media-src 'self'" + content, "connect-src 'self'", "form-action 'none'", "base-uri 'none'",
            "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
        ].joined(separator: "; ")
    }
}
