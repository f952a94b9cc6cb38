import NativeWire
import UploadClient

/// A server and how to reach it, as `wharf login` saves them under a name.
struct Profile: Codable, Hashable, Sendable {
    var server: String
    /// nil for a server that needs none.
    var token: String?
    /// The path of a PEM file with authorities to trust; nil for those of the system alone.
    var caFile: String?
}

/// The saved profiles. Pure.
struct Profiles: Codable, Hashable, Sendable {
    /// The profile that is used when none is named.
    static let standard = "default"
    /// The most characters of a name.
    static let nameCharactersMax = 64

    var profiles: [String: Profile] = [:]

    /// Whether a text can be the name of a profile: letters, digits, `.`, `_` and `-`.
    static func isName(_ text: String) -> Bool {
        (1...nameCharactersMax).contains(text.count)
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }
}

/// What a command connects to. Pure: flags, environment and profiles are arguments.
struct Connection: Hashable, Sendable {
    static let serverDefault = "http://127.0.0.1:8080"

    var server: ServerAddress
    var token: String?
    var caFile: String?

    init(server: ServerAddress, token: String?, caFile: String?) {
        self.server = server
        self.token = token
        self.caFile = caFile
    }

    /// What the command line says; nil for what it does not.
    struct Flags: Hashable, Sendable {
        var server: String?
        var token: String?
        var caFile: String?
        var profile: String?
    }

    /// Flags override a profile that is named by a flag; that overrides the environment; and that a profile that is named
    /// in the environment, or the default one. The token of a profile is sent to its server only, whatever the address is
    /// taken from.
    ///
    /// - Parameters:
    ///   - environment: Looks up a variable; nil for an empty one.
    ///   - profiles: The saved profiles.
    /// - Throws: `ClientError` `invalid_argument` for an address that is none, and for a profile that is named but not
    ///   saved.
    init(_ flags: Flags, environment: (String) -> String?, profiles: Profiles) throws(ClientError) {
        let chosen = try flags.profile.map { name throws(ClientError) in try profiles.named(name, by: "--profile") }
        let implied: Profile?
        if chosen == nil, let name = environment("WHARF_PROFILE") {
            implied = try profiles.named(name, by: "WHARF_PROFILE")
        } else {
            implied = profiles.profiles[Profiles.standard]
        }
        let address =
            flags.server ?? chosen?.server ?? environment("WHARF_SERVER") ?? implied?.server ?? Self.serverDefault
        let server = try ServerAddress(address)
        // Of the profiles only one that is for this server.
        let matching = [chosen, chosen == nil ? implied : nil].compactMap(\.self).first { profile in
            (try? ServerAddress(profile.server)) == server
        }
        // A token of the environment is for no profile that was named: it may be that of another server.
        let implicitToken = chosen == nil ? environment("WHARF_TOKEN") : nil
        self.init(
            server: server, token: flags.token ?? implicitToken ?? matching?.token,
            caFile: flags.caFile ?? environment("WHARF_CA_FILE") ?? matching?.caFile)
    }
}

extension Profiles {
    fileprivate func named(_ name: String, by source: String) throws(ClientError) -> Profile {
        if let profile = profiles[name] { return profile }
        let names = profiles.keys.sorted().joined(separator: ", ")
        throw ClientError(
            .invalidArgument, "\(source): there is no profile “\(name)”.",
            advice: names.isEmpty ? "`wharf login --profile \(name)` creates it." : "There are: \(names).")
    }
}
