extension ServerSettings {
    /// Refuses to let everybody who can reach the address do everything, unless somebody means it.
    ///
    /// - Throws: `SettingsError` that says what to do.
    func requireSafeAddress() throws(SettingsError) {
        guard auth == .none, !listen.isLoopback, !isInsecure else { return }
        throw SettingsError(
            "listen: \(listen) can be reached from elsewhere, and auth=none lets everybody in. "
                + "Use --auth tokens=FILE (see `wharf token`), listen on 127.0.0.1, or say --insecure if you mean it.")
    }
}
