import Glibc
import HTTPTestKit
import HTTPTypes
import NativeWire
import Testing
import UploadClient
import UploadCore
import UploadTestKit

@Suite(.serialized, .timeLimit(.minutes(5))) struct ServeTests {
    @Test func `a second server on a store is refused with the reason`() async throws {
        try await CommandFixture.run { fixture in
            let second = try await fixture.run(
                "serve", "--listen", "127.0.0.1:0", "--data", fixture.path("data"), status: 75)
            #expect(second.errors.contains("another process has the store"))
        }
    }

    @Test func `a public address without authentication is refused`() async throws {
        let directory = try TemporaryDirectory()
        let outcome = try await Wharf.run(
            ["serve", "--listen", "0.0.0.0:0", "--data", directory.path + "/data"], status: 64)
        #expect(outcome.errors.contains("--auth") && outcome.errors.contains("--insecure"))
    }

    @Test func `a command creates files for its user alone`() async throws {
        try await CommandFixture.run { fixture in
            let status = try #require(TestFiles.read("/proc/\(fixture.server.process.pid)/status"))
            #expect(String(decoding: status, as: UTF8.self).contains("\nUmask:\t0077\n"))
        }
    }

    @Test func `an occupied port is refused`() async throws {
        try await CommandFixture.run { fixture in
            let outcome = try await fixture.run(
                "serve", "--listen", "127.0.0.1:\(fixture.server.port)", "--data", fixture.path("other"), status: 1)
            #expect(outcome.errors.contains("cannot listen on 127.0.0.1:\(fixture.server.port)"))
        }
    }

    @Test func `SIGTERM during an upload ends within the grace period and keeps acknowledged bytes`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.path + "/data"
        let content = Content(seed: 8, length: 3_000_000)
        let path = directory.path + "/file"
        try TestFiles.write(content.bytes, to: path)
        let server = try await ServerBinary.start(data: data, flags: ["--shutdown-grace", "2s"])
        let options = PutOptions(chunkSize: 50_000)
        let resume = ResumeStore(directory: directory.path + "/state")

        let plan = FaultPlan { $0 < 8 ? .delay(milliseconds: 100) : .none }
        let before = try await FaultyProxy.run(to: server.port, plan: plan) { proxy in
            try await withClient(port: proxy.port, retries: .never) { slow in
                async let cut = isCut { try await slow.put(.file(path: path), options: options, resume: resume) }
                let before = try await withClient(port: server.port) { client in
                    try await client.onlyUpload { $0.receivedBytes >= 500_000 }
                }
                let start = ContinuousClock.now
                try await server.stop()
                #expect(ContinuousClock.now - start < .seconds(4))
                #expect(try await cut)
                return before
            }
        }

        try await Wharf.run(["check", "--data", data])
        try await ServerBinary.run(data: data) { server in
            try await withClient(port: server.port) { client in
                let after = try await client.status(before.id)
                #expect(after.receivedBytes >= before.receivedBytes)
                let still = before.received.allSatisfy { range in
                    after.received.contains { $0[0] <= range[0] && range[1] <= $0[1] }
                }
                #expect(still, "\(before.received) became \(after.received)")
            }
        }
    }

    /// Whether a call failed temporarily, as when its server ends.
    private func isCut(_ call: () async throws -> some Any) async throws -> Bool {
        do {
            _ = try await call()
            return false
        } catch let error as ClientError {
            return error.isTemporary
        }
    }

    @Test func `a data directory that is moved under the server refuses changes until it is back`() async throws {
        try await CommandFixture.run(flags: ["--set", "sweep-interval=100ms"]) { fixture in
            let blob = try await fixture.put(try fixture.file("file", Content(seed: 3, length: 200_000)))
            #expect(rename(fixture.path("data"), fixture.path("moved")) == 0)
            let log = await fixture.server.process.progress { $0.errorText.contains("new uploads are refused") }
            #expect(log.errorText.contains("was moved, removed or hidden by a mount"))
            try await withTransport(port: fixture.server.port) { transport, _ in
                let calls = RawCalls(transport: transport)
                #expect(try await calls.send(.get, "/readyz").status == 503)
                let content = Content(seed: 4, length: 1000)
                #expect(try await calls.putWhole(content, name: "a", key: "a").status == 503)
                #expect(try await calls.send(.delete, NativePath.blob(blob)).status == 503)
                #expect(rename(fixture.path("moved"), fixture.path("data")) == 0)
                var status = 0
                for _ in 0..<10_000 where status != 201 {
                    status = try await calls.putWhole(content, name: "a", key: "a").status
                }
                #expect(status == 201)
            }
            #expect(try await fixture.bytes(of: blob) == Content(seed: 3, length: 200_000).bytes)
        }
    }

    // MARK: - Callers

    @Test func `SIGHUP reads the token file again and ends nothing`() async throws {
        let directory = try TemporaryDirectory()
        let tokens = directory.path + "/tokens"
        try await Wharf.run(["token", "add", "--file", tokens, "ada@example.org"])
        let flags = ["--auth", "tokens=\(tokens)", "--set", "reload-interval=0"]
        try await ServerBinary.run(data: directory.path + "/data", flags: flags) { server in
            let fixture = CommandFixture(directory: directory, server: server)
            let token = try await Wharf.run(["token", "add", "--file", tokens, "bob@example.org"]).words.joined()
            let file = try fixture.file("file", Content(seed: 9, length: 5000))
            try await fixture.run("put", file, "--token", token, status: 77)
            server.process.kill(SIGHUP)
            _ = await server.process.progress { $0.errorText.contains("tokens reloaded") }
            try await fixture.run("put", file, "--token", token)
            try TestFiles.write("bob sha256:12".utf8, to: tokens)
            server.process.kill(SIGHUP)
            _ = await server.process.progress { $0.errorText.contains("tokens not reloaded") }
            try await fixture.run("put", file, "--token", token)
        }
    }

    @Test func `a removed token is refused without a restart or a signal`() async throws {
        let directory = try TemporaryDirectory()
        let tokens = directory.path + "/tokens"
        let token = try await Wharf.run(["token", "add", "--file", tokens, "ada@example.org"]).words.joined()
        let flags = ["--auth", "tokens=\(tokens)", "--set", "reload-interval=20ms"]
        try await ServerBinary.run(data: directory.path + "/data", flags: flags) { server in
            let fixture = CommandFixture(directory: directory, server: server)
            let file = try fixture.file("file", Content(seed: 9, length: 5000))
            try await fixture.run("put", file, "--token", token)
            try await Wharf.run(["token", "remove", "--file", tokens, "ada@example.org"])
            _ = await server.process.progress { $0.errorText.contains("tokens reloaded") }
            let refused = try await fixture.run("put", file, "--token", token, status: 77)
            #expect(refused.errors.contains("token"), "\(refused.errors)")
        }
    }

    @Test func `with tokens, only their holders are admitted`() async throws {
        let directory = try TemporaryDirectory()
        let tokens = directory.path + "/tokens"
        let token = try await Wharf.run(["token", "add", "--file", tokens, "ada@example.org"]).words.joined()
        let other = try await Wharf.run(["token", "add", "--file", tokens, "bob@example.org"]).words.joined()
        #expect(TestFiles.read(tokens).map { String(decoding: $0, as: UTF8.self).contains(token) } == false)
        try await ServerBinary.run(data: directory.path + "/data", flags: ["--auth", "tokens=\(tokens)"]) { server in
            let fixture = CommandFixture(directory: directory, server: server)
            let file = try fixture.file("file", Content(seed: 9, length: 5000))
            let anonymous = try await fixture.run("put", file, status: 77)
            #expect(anonymous.errors.contains("token"), "\(anonymous.errors)")
            try await fixture.run("put", file, "--token", "wharf_wrong", status: 77)

            let put = try await fixture.run("put", file, environment: ["WHARF_TOKEN": token])
            let blob = try #require(put.words.first)
            try TestFiles.write("\(token)\n".utf8, to: fixture.path("token"))
            try await fixture.run("get", blob, "-o", fixture.path("copy"), "--token-file", fixture.path("token"))
            #expect(TestFiles.read(fixture.path("copy")) == TestFiles.read(file))

            // An unreadable blob looks like a missing one.
            let refused = try await fixture.run("get", blob, "-o", fixture.path("theirs"), "--token", other, status: 1)
            #expect(refused.errors.contains("no such blob"))
        }
    }

    @Test func `the settings in force are printed as JSON on request`() async throws {
        struct Row: Decodable {
            let name: String
            let value: String
            let source: String
        }
        let outcome = try await Wharf.run(["serve", "--print-config", "--json", "--threads", "3"])
        let rows = try outcome.output.split(whereSeparator: \.isNewline).map {
            try NativeJSON.decode(Row.self, from: Array($0.utf8))
        }
        #expect(rows.count > 100)
        #expect(rows.first { $0.name == "threads" }.map { [$0.value, $0.source] } == ["3", "flag"])
        try await Wharf.run(["serve", "--json"], status: 64)
    }

    // MARK: - SIGHUP

    @Test func `SIGHUP reads the log level of the file again`() async throws {
        let directory = try TemporaryDirectory()
        let config = directory.path + "/wharf.json"
        try TestFiles.write(#"{"log-level": "info"}"#.utf8, to: config)
        try await ServerBinary.run(data: directory.path + "/data", flags: ["--config", config]) { server in
            try TestFiles.write("{\n\"log-level\": \"loud\"\n}".utf8, to: config)
            server.process.kill(SIGHUP)
            let refused = await server.process.progress { $0.errorText.contains("settings not reloaded") }
            #expect(refused.errorText.contains("\(config):2: log-level: “loud”"))
            try TestFiles.write(#"{"log-level": "debug", "threads": 3}"#.utf8, to: config)
            server.process.kill(SIGHUP)
            let log = await server.process.progress { $0.errorText.contains("with a restart") }
            #expect(log.errorText.contains("msg=\"settings reloaded\" log_level=debug"))
            #expect(log.errorText.contains("settings=threads"))
        }
    }

    @Test func `SIGHUP kills no server, from its first moments to its last`() async throws {
        let directory = try TemporaryDirectory()
        let process = try Wharf.start(["serve", "--listen", "127.0.0.1:0", "--data", directory.path + "/data"])
        // From the moment on at which the process is the command, and has the signal in its hands.
        var isHandled = false
        for _ in 0..<1_000_000 where !isHandled {
            let status = String(decoding: TestFiles.read("/proc/\(process.pid)/status") ?? [], as: UTF8.self)
            isHandled = ["SigIgn", "SigCgt"].contains { Self.hasSignalOne(status, $0) }
        }
        try #require(isHandled)
        for _ in 0..<200 { process.kill(SIGHUP) }
        let log = await process.progress { $0.errorText.contains("listening on") }
        try #require(log.errorText.contains("listening on"), "\(log.errorText)")
        process.kill(SIGTERM)
        for _ in 0..<200 { process.kill(SIGHUP) }
        #expect(await process.end().end == .exit(0))
    }

    /// Whether the mask of signals has SIGHUP (proc(5)).
    private static func hasSignalOne(_ status: String, _ mask: String) -> Bool {
        let line = status.split(separator: "\n").first { $0.hasPrefix(mask + ":") } ?? ""
        return line.last?.hexDigitValue.map { $0 & 1 == 1 } ?? false
    }

    @Test func `failures to start are sentences`() async throws {
        try await CommandFixture.run { fixture in
            let taken = try await fixture.run(
                "serve", "--listen", "127.0.0.1:\(fixture.server.port)", "--data", fixture.path("other"), status: 1)
            #expect(
                taken.errors.hasSuffix(
                    "wharf: cannot listen on 127.0.0.1:\(fixture.server.port): Address already in use\n"))
            let key = try await fixture.run(
                "serve", "--listen", "127.0.0.1:0", "--tls-certificate", fixture.directory.path, "--tls-key", "/none",
                status: 64)
            #expect(key.errors == "wharf: \(fixture.directory.path): it is a directory\n")
            let data = try await fixture.run(
                "serve", "--listen", "127.0.0.1:0", "--data", "/proc/none/store", status: 74)
            #expect(
                data.errors.contains(
                    "wharf: the store in /proc/none/store cannot be opened: mkdir of “/proc/none” failed: "))
            #expect(!data.errors.contains("detail:"))
        }
    }
}
