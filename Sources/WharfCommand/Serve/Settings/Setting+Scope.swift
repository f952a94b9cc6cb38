extension Setting {
    /// Which servers a setting has an effect on.
    struct Scope: Sendable {
        /// What such a server has, as in “needs …”; empty for every server.
        let need: String
        let holds: @Sendable (ServerSettings) -> Bool

        static let anyServer = Scope(need: "") { _ in true }
        static let directory = Scope(need: "a store in a directory, not a cluster") { $0.cluster.objects == nil }
        static let cluster = Scope(need: "`catalogue` and `objects`") { $0.cluster.objects != nil }
        static let publication = Scope(need: "`publish`") { !$0.cluster.publish.isEmpty }
        static let redirects = Scope(need: "`redirect-downloads=on`") { $0.cluster.redirectsDownloads }
        static let jwt = Scope(need: "`auth=jwt`") { $0.auth.acceptsJWT }
        static let fetchedKeys = Scope(need: "`auth=jwt`, and a URL in `jwt-keys`") {
            guard case .url = $0.jwt.keys else { return false }
            return $0.auth.acceptsJWT
        }
        static let scrub = Scope(need: "a `scrub-interval` other than 0") { $0.scrubIntervalMilliseconds > 0 }
        static let accessLog = Scope(need: "`access-log`") { $0.accessLog != .off }
        static let pictures = Scope(need: "`imaging` other than off") { $0.imaging != .off }
        static let videos = Scope(need: "`imaging` and `imaging-video` other than off") {
            $0.imaging != .off && $0.imagingVideo != .off
        }
    }

    /// The setting with a scope of its own in a group.
    func applying(to scope: Scope) -> Setting {
        var setting = self
        setting.scope = scope
        return setting
    }

    /// Settings without a scope of their own have that of the group.
    static func group(_ scope: Scope, _ settings: [Setting]) -> [Setting] {
        settings.map { $0.scope == nil ? $0.applying(to: scope) : $0 }
    }
}

extension ServerSettings {
    /// Settings that differ from their defaults and change nothing, since the server lacks what they need.
    var settingsWithoutEffect: [(name: String, need: String)] {
        let standard = ServerSettings()
        return Setting.all.compactMap { setting in
            guard let scope = setting.scope, !scope.holds(self), setting.read(self) != setting.read(standard) else {
                return nil
            }
            return (setting.name, scope.need.replacing("`", with: ""))
        }
    }
}
