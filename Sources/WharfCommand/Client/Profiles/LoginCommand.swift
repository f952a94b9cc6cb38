import ArgumentParser
import NativeWire
import UploadClient
import UploadCore

/// `wharf login`.
struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Save a server and a token, so that other commands need neither.",
        discussion: """
            Reads the token from standard input, or asks for it without showing it, and tries it. A server without \
            authentication needs none: give an empty line. Saved in $XDG_CONFIG_HOME/wharf/profiles.json \
            (~/.config/wharf/profiles.json), which only you may read. A profile's token is sent to its server only.

            Other commands use the profile “default”, or that of --profile or $WHARF_PROFILE. --server and --token-file override \
            a profile; $WHARF_SERVER and $WHARF_TOKEN override one that was not named by --profile.

            Examples:
              wharf login --server https://photos.example.org
              wharf login --server https://nas.lan:8443 --ca-file ca.pem --profile home < token
              wharf ls --profile home
            """)

    @Option(help: "Address of the server. (default: $WHARF_SERVER, or that of the profile)")
    var server: String?
    @Option(help: "Name of the profile. (default: $WHARF_PROFILE, or “default”)")
    var profile: String?
    @Option(help: "PEM file of certificate authorities to trust besides those of the system.", completion: .file())
    var caFile: String?
    @Flag(help: "Print one JSON object per line.")
    var json = false

    func validate() throws {
        if let profile, !Profiles.isName(profile) {
            throw ValidationError("--profile must be letters, digits, dots, dashes and underscores.")
        }
    }

    func run() async throws {
        let output = Output(isJSON: json)
        try await CommandFailure.reporting(to: output) {
            let file = try ProfileFile.required()
            let name = profile ?? ConnectionOptions.variable("WHARF_PROFILE") ?? Profiles.standard
            let saved = try await blocking { () throws(ClientError) in try file.read().profiles[name] }
            guard let address = server ?? ConnectionOptions.variable("WHARF_SERVER") ?? saved?.server else {
                throw ValidationError("Give the address with --server.")
            }
            var entry = Profile(server: try ServerAddress(address).base)
            entry.caFile = caFile.map(Self.absolute) ?? saved?.caFile
            let prompt = "Token for \(entry.server): "
            let token = try await blocking { Result { try TokenInput.read(prompt: prompt) } }.get()
            entry.token = token.isEmpty ? nil : token
            let principal = try await principal(entry)
            let new = entry
            try await blocking { () throws(ClientError) in
                try file.change { profiles throws(ClientError) in profiles.profiles[name] = new }
            }
            try await output.result(
                "\(new.server)  \(principal)  saved as “\(name)” in \(file.path)",
                Saved(profile: name, server: new.server, principal: principal, file: file.path))
        }
    }

    private struct Saved: Encodable, Sendable {
        let profile: String
        let server: String
        let principal: String
        let file: String
    }

    /// Whom the server takes the caller for.
    ///
    /// - Throws: `unauthenticated` if it takes them for nobody; as every call.
    private func principal(_ entry: Profile) async throws -> String {
        let connection = Connection(
            server: try ServerAddress(entry.server), token: entry.token, caFile: entry.caFile)
        return try await connection.withClient(ClientTuning(connections: 1, retries: 0)) { client in
            if connection.isOfLink { return "link “\(try await client.ownLink().title)”" }
            guard let usage = try await client.config().usage else {
                throw ClientError(
                    .init(rawValue: "unauthenticated"), "The server does not know this token.",
                    advice: "Nothing was saved. Give a token that `wharf token add` printed, or that of an upload link."
                )
            }
            return usage.principal
        }
    }

    /// The working directory of later commands is another one.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : ConnectionOptions.workingDirectory + "/" + path
    }
}

/// `wharf logout`.
struct LogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Remove a saved profile with its token.",
        discussion: """
            The token stays valid: the operator of the server ends it with `wharf token remove`.

            Examples:
              wharf logout
              wharf logout --profile home
            """)

    @Option(help: "Name of the profile. (default: $WHARF_PROFILE, or “default”)")
    var profile: String?
    @Flag(help: "Print one JSON object per line.")
    var json = false

    func run() async throws {
        let output = Output(isJSON: json)
        try await CommandFailure.reporting(to: output) {
            let file = try ProfileFile.required()
            let name = profile ?? ConnectionOptions.variable("WHARF_PROFILE") ?? Profiles.standard
            try await blocking { () throws(ClientError) in
                guard try file.read().profiles[name] != nil else {
                    throw ClientError(
                        .notFound, "There is no profile “\(name)” in “\(file.path)”.", advice: "Nothing was changed.")
                }
                try file.change { profiles throws(ClientError) in profiles.profiles[name] = nil }
            }
            try await output.result("removed “\(name)”", ["removed": name])
        }
    }
}

extension ProfileFile {
    /// The file of this user.
    ///
    /// - Throws: `local_file` without a home directory.
    static func required() throws(ClientError) -> ProfileFile {
        guard let file = ProfileFile(environment: ConnectionOptions.variable) else {
            throw ClientError(
                .localFile, "There is no place for profiles: neither XDG_CONFIG_HOME nor HOME is set.",
                advice: "Set one of them to an absolute path.")
        }
        return file
    }
}
