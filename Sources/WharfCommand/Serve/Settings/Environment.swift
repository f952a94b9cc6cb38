/// The variables of the environment that are about Wharf.
enum Environment {
    /// Not settings of the server: the client's, and those of the build and its tests.
    private static let others: Set<String> = [
        "WHARF_SERVER", "WHARF_TOKEN", "WHARF_ENGINE_ONLY", "WHARF_DELIBERATE_FAULT",
    ]

    /// Refuses a variable that looks like a setting and is none: a misspelt limit would be no limit.
    ///
    /// - Throws: `SettingsError`.
    static func check(_ environment: [String: String]) throws(SettingsError) {
        let known = Setting.all.map(\.variable)
        for name in environment.keys.sorted() where name.hasPrefix("WHARF_") {
            guard !known.contains(name), !others.contains(name), !isOfKubernetes(name) else { continue }
            throw .unknown(name, in: "environment", known: known)
        }
    }

    /// Kubernetes tells every container of a service that is called “wharf” where it is, whether they ask or not.
    private static func isOfKubernetes(_ name: String) -> Bool {
        name == "WHARF_PORT"
            || ["WHARF_PORT_", "WHARF_SERVICE_HOST", "WHARF_SERVICE_PORT"].contains { name.hasPrefix($0) }
    }
}
