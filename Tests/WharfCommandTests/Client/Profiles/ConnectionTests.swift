import Testing
import UploadClient

@testable import WharfCommand

@Suite struct ConnectionTests {
    private let saved = Profiles(profiles: [
        "default": Profile(server: "https://photos.example.org", token: "default-token"),
        "home": Profile(server: "https://nas.lan:8443/wharf", token: "home-token", caFile: "/ca.pem"),
    ])

    private func connection(
        server: String? = nil, token: String? = nil, caFile: String? = nil, profile: String? = nil,
        _ environment: [String: String] = [:], profiles: Profiles? = nil
    ) throws(ClientError) -> [String?] {
        let connection = try Connection(
            Connection.Flags(server: server, token: token, caFile: caFile, profile: profile),
            environment: { environment[$0] }, profiles: profiles ?? saved)
        return [connection.server.base, connection.token, connection.caFile]
    }

    @Test func `without anything a server on this machine is used`() throws {
        #expect(try connection(profiles: Profiles()) == ["http://127.0.0.1:8080", nil, nil])
    }

    @Test func `the default profile is used, or the one that is named`() throws {
        #expect(try connection() == ["https://photos.example.org", "default-token", nil])
        #expect(try connection(profile: "home") == ["https://nas.lan:8443/wharf", "home-token", "/ca.pem"])
        #expect(try connection(["WHARF_PROFILE": "home"]) == ["https://nas.lan:8443/wharf", "home-token", "/ca.pem"])
    }

    @Test func `flags override a named profile, that overrides the environment, and that one which is not named`()
        throws
    {
        let environment = ["WHARF_SERVER": "http://other", "WHARF_TOKEN": "other-token", "WHARF_CA_FILE": "/other.pem"]
        #expect(try connection(environment) == ["http://other", "other-token", "/other.pem"])
        #expect(
            try connection(profile: "home", environment) == ["https://nas.lan:8443/wharf", "home-token", "/other.pem"])
        #expect(
            try connection(
                server: "http://flag", token: "flag-token", caFile: "/flag.pem", profile: "home", environment)
                == ["http://flag", "flag-token", "/flag.pem"])
    }

    @Test func `a token is sent to the server of its profile only`() throws {
        #expect(try connection(server: "http://elsewhere") == ["http://elsewhere", nil, nil])
        #expect(try connection(server: "http://elsewhere", profile: "home") == ["http://elsewhere", nil, nil])
        #expect(try connection(["WHARF_SERVER": "http://elsewhere"]) == ["http://elsewhere", nil, nil])
        // That of the environment may be for another server than the profile that was named.
        let open = Profiles(profiles: ["open": Profile(server: "http://open")])
        #expect(try connection(profile: "open", ["WHARF_TOKEN": "t"], profiles: open) == ["http://open", nil, nil])
        // The same server in another spelling.
        #expect(
            try connection(server: "HTTPS://Photos.example.org/") == [
                "https://photos.example.org", "default-token", nil,
            ])
    }

    @Test func `a profile that is not saved is refused with those that are`() throws {
        let error = #expect(throws: ClientError.self) { try connection(profile: "work") }
        #expect(error?.code == .invalidArgument && error?.advice == "There are: default, home.")
        #expect(error?.message == "--profile: there is no profile “work”.")
        let other = #expect(throws: ClientError.self) {
            try connection(["WHARF_PROFILE": "work"], profiles: Profiles())
        }
        #expect(other?.message.hasPrefix("WHARF_PROFILE: ") == true)
        #expect(other?.advice.contains("wharf login --profile work") == true)
    }

    @Test func `names of profiles are plain`() {
        for name in ["a", "Home.1_2-3", String(repeating: "x", count: Profiles.nameCharactersMax)] {
            #expect(Profiles.isName(name))
        }
        for name in ["", "a b", "ä", "a/b", "\u{1B}", String(repeating: "x", count: Profiles.nameCharactersMax + 1)] {
            #expect(!Profiles.isName(name))
        }
    }
}
