extension Rule {
    /// The service checks access; the session layer and the stores behind it do not.
    static let belowTheService = Rule("reaches below the upload service, where no access is checked") { line in
        line.code.hasWord("SessionCompat")
            || line.code.tails(afterWord: "uploads").contains { tail in
                [".sessions", ".catalogue"].contains { tail.hasPrefix($0) }
            }
    }
}
