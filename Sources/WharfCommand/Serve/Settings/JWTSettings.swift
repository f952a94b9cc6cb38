import JWTAuthentication

/// The settings of JWTs. `Setting.jwt` describes their names and values.
struct JWTSettings: Hashable, Sendable {
    /// Empty for none.
    var issuer = ""
    var audiences: [String] = []
    var keys: KeyLocation?
    var principalClaim = "sub"
    var rolesClaim = "roles"
    /// Empty for none, here and below.
    var operatorRole = ""
    var userRole = ""
    var refreshIntervalMilliseconds: Int64 = 600_000
}

extension ServerSettings {
    /// Which JWTs are accepted, and where the keys of their issuer are; nil for a server without JWTs.
    ///
    /// - Throws: `SettingsError` for what `auth=jwt` lacks, and for settings of JWTs that nothing uses.
    func jwtAccess() throws(SettingsError) -> (configuration: JWTConfiguration, keys: KeyLocation)? {
        guard auth.acceptsJWT else {
            let unused = Setting.jwt.first { $0.read(self) != $0.read(ServerSettings()) }
            if let unused { throw SettingsError("\(unused.name) needs auth=jwt, or auth=tokens=FILE,jwt") }
            return nil
        }
        guard !jwt.issuer.isEmpty else {
            throw SettingsError("auth=jwt needs jwt-issuer, the issuer of the tokens (their claim iss)")
        }
        guard !jwt.audiences.isEmpty else {
            throw SettingsError("auth=jwt needs jwt-audience, the name of this server in the tokens (their claim aud)")
        }
        guard let keys = jwt.keys else {
            throw SettingsError("auth=jwt needs jwt-keys, the file or the URL of the issuer’s keys (JWK Set)")
        }
        var configuration = JWTConfiguration(issuer: jwt.issuer, audiences: jwt.audiences)
        configuration.principalClaim = jwt.principalClaim
        configuration.rolesClaim = jwt.rolesClaim
        configuration.operatorRole = jwt.operatorRole.isEmpty ? nil : jwt.operatorRole
        configuration.userRole = jwt.userRole.isEmpty ? nil : jwt.userRole
        return (configuration, keys)
    }
}
