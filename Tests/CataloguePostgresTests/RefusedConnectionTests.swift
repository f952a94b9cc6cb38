import Testing
import UploadCore

@testable import CataloguePostgres

/// Connections that fail for good, at the opening of a catalogue and later.
@Suite struct RefusedConnectionTests {
    /// The shared server, which asks the user “locked” for a password, and has none for “absent”.
    private static let server = Task {
        let server = try await PostgresServer.shared.value
        try await server.sql("CREATE ROLE locked LOGIN SUPERUSER PASSWORD 'right'")
        try await server.sql("CREATE ROLE guest LOGIN")
        try await server.sql("CREATE DATABASE closed")
        try await server.sql("REVOKE CONNECT ON DATABASE closed FROM public")
        let rules = "local all locked scram-sha-256\nlocal all rejected reject\nlocal all all trust"
        try await server.sql(
            "COPY (SELECT unnest(string_to_array('\(rules)', E'\\n'))) TO '\(server.directory)/data/pg_hba.conf'")
        try await server.sql("SELECT pg_reload_conf()")
        try await eventually("the server does not ask for a password") {
            (try? PostgresServer.sql("SELECT 1", server.options("postgres").replacing("=postgres d", with: "=locked d")))
                == nil
        }
        return server
    }

    private func refusal(_ options: String, to server: PostgresServer) async -> UploadError? {
        var settings = PostgresSettings(connection: "host=\(server.directory) \(options)")
        settings.durability = .processCrash
        do throws(UploadError) {
            try await CataloguePostgres(settings).close()
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("user=locked dbname=postgres password=wrong", "the password in PGPASSWORD"),
        ("user=locked dbname=postgres passfile=/nonexistent", "set PGPASSWORD"),
        ("user=nobody_at_all dbname=postgres", "check the user"),
        ("user=rejected dbname=postgres", "pg_hba.conf"),
        ("user=postgres dbname=absent", "name of the database"),
        ("user=guest dbname=closed", "GRANT CONNECT"),
        ("user=postgres dbname=postgres options=-cno_such_option=1", "options of the address"),
        ("user=postgres dbname=postgres sslmode=perhaps", "correct the address"),
        ("user=postgres dbname=postgres sslmode", "correct the address"),
    ])
    func `what no later attempt would change is no outage`(_ options: String, _ advice: String) async throws {
        let error = await refusal(options, to: try await Self.server.value)
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(advice) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("wrong") == false)
    }

    @Test(arguments: ["user=guest dbname=postgres", "user=postgres dbname=postgres options=-csearch_path=nowhere"])
    func `a user that may create no tables is told so, with the statement that failed`(_ options: String) async throws {
        let error = await refusal(options, to: try await Self.server.value)
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("owner of the database") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("(CREATE TABLE wharf_store") == true, "\(error?.message ?? "")")
    }

    @Test func `a server without a free connection is an outage`() async throws {
        let server = try await Self.server.value
        try await server.sql("CREATE ROLE single LOGIN CONNECTION LIMIT 0")
        #expect(await refusal("user=single dbname=postgres", to: server)?.code == .unavailable)
    }

    @Test func `a password that changes while the catalogue is open is an outage until it is changed back`()
        async throws
    {
        let server = try await Self.server.value
        let number = server.nextNumber()
        try await server.sql("CREATE DATABASE changed_\(number)")
        var settings = PostgresSettings(
            connection: "host=\(server.directory) user=locked dbname=changed_\(number) password=right")
        settings.durability = .processCrash
        let catalogue = try await CataloguePostgres(settings)
        try await server.sql("ALTER ROLE locked PASSWORD 'other'")
        try await server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'changed_\(number)'")
        var error: UploadError?
        do throws(UploadError) { _ = try await catalogue.totalUsage() } catch let failure { error = failure }
        #expect(error?.code == .unavailable)
        try await server.sql("ALTER ROLE locked PASSWORD 'right'")
        try await eventually("the catalogue stays away") { (try? await catalogue.totalUsage()) != nil }
        await catalogue.close()
        try await server.sql("DROP DATABASE changed_\(number) WITH (FORCE)")
    }
}

@Suite struct ConnectionFailureTests {
    private static let attempt = "connection to server at \"db\" (10.0.0.7), port 5432 failed: "

    @Test func `the code of an answer counts, in whatever language it is`() {
        let failure = ConnectionFailure(
            """
            \(Self.attempt)FATAL:  28P01: Passwort-Authentifizierung für Benutzer »wharf:  57P03: « fehlgeschlagen
            LOCATION:  auth_failed, auth.c:326

            """)
        #expect(failure.sqlStates == ["28P01"])
        #expect(
            failure.message
                == "\(Self.attempt)FATAL: Passwort-Authentifizierung für Benutzer »wharf: 57P03: « fehlgeschlagen")
        #expect(failure.remedy != nil)
    }

    @Test(arguments: ["57P03", "53300", "08P01", "XX000"]) func `an answer that may change is no refusal`(
        _ code: String
    ) {
        #expect(ConnectionFailure("\(Self.attempt)FATAL:  \(code): not now\n").remedy == nil)
    }

    @Test(arguments: [
        "server does not support SSL, but SSL was required", "SSL error: certificate verify failed",
        "root certificate file \"/ca.pem\" does not exist\nEither provide the file or change sslmode.",
        "server certificate for \"a\" does not match host name \"db\"",
    ])
    func `a server without a valid certificate is refused, unless another one may have it`(_ problem: String) {
        #expect(ConnectionFailure("\(Self.attempt)\(problem)\n").remedy?.contains("sslrootcert") == true)
        #expect(ConnectionFailure("\(Self.attempt)\(problem)\n\(Self.attempt)Connection refused\n").remedy == nil)
    }

    @Test func `one passing reason among several is enough for another attempt`() {
        let refusal = "\(Self.attempt)FATAL:  28000: no entry, no encryption\n"
        #expect(ConnectionFailure(refusal + refusal).remedy != nil)
        #expect(ConnectionFailure(refusal + "\(Self.attempt)FATAL:  53300: too many\n").remedy == nil)
        #expect(ConnectionFailure("\(Self.attempt)Connection refused\n\tIs the server running?\n").remedy == nil)
    }

    @Test func `the attempts are told in one line, without hints`() {
        let text =
            "\(Self.attempt)Connection refused\n\tIs the server running?\nconnection to “b” failed: session is read-only\n"
        #expect(
            ConnectionFailure(text).message
                == "\(Self.attempt)Connection refused; connection to “b” failed: session is read-only")
        #expect(ConnectionFailure("").message == "out of memory")
    }
}

@Suite struct ConnectionURITests {
    @Test(arguments: [
        "postgres://wharf@db:5433,/photos", "postgres://a:5432,b:5433/w?target_session_attrs=any", "postgres:///w",
        "postgresql://[::1]:5432/w?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "postgres://db:65535/w?connect_timeout=-1",
    ])
    func `what libpq takes is taken`(_ uri: String) {
        #expect(ConnectionURI.problem(of: uri) == nil)
    }

    @Test(arguments: [
        ("postgres://db/w?nonsense=1", "nonsense"), ("postgres://[::1/w", "]"), ("postgres://db/w%", "percent"),
        ("postgres://db:abc/w", "port is “abc”"), ("postgres://db:65536/w", "port is “65536”"),
        ("postgres://db:0/w", "port is “0”"), ("postgres://db/w?keepalives=2", "keepalives is “2”"),
    ])
    func `what libpq would not attempt is refused with the reason`(_ uri: String, _ reason: String) {
        let problem = ConnectionURI.problem(of: uri)
        #expect(problem?.contains(reason) == true, "\(problem ?? "")")
    }
}
