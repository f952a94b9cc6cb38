import CLibPQ
import DurableFiles
import Glibc
import Synchronization

/// A PostgreSQL server that only these tests use. It ends with the process, however that ends.
final class PostgresServer: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// One for all tests that only need a database. Nothing is synced: no test cuts its power.
    static let shared = Task {
        try await PostgresServer(
            settings: ["fsync = off", "full_page_writes = off", "synchronous_commit = off", "shared_buffers = 32MB"])
    }

    /// Holds the data, the socket and the logs.
    let directory: String
    /// More than the statements of tests that wait for locks at the same time: the server ends a transaction of a catalogue
    /// that is idle for seconds, and by then its test must have seen it.
    private let threads = ThreadPool(name: "pg-admin", threads: 8)
    private let lastNumber = Mutex(0)

    /// - Parameter settings: Lines of `postgresql.conf`.
    /// - Throws: `Failure` if PostgreSQL is not installed.
    init(settings: [String]) async throws {
        var template = Array("/tmp/wharf-pg-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw Failure(description: "no temporary directory: \(errno)") }
        directory = String(cString: made)
        chmod(directory, 0o755)
        // Its input ends with this process.
        guard let attendant = popen("exec \(Self.script) attend \(directory)", "we") else {
            throw Failure(description: "the attendant of the server cannot be started")
        }
        // Never closed.
        _ = attendant
        try await command("start", settings)
    }

    private static let script: String = {
        let file = String(describing: #filePath as StaticString)
        return file.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/server"
    }()

    private func command(_ name: String, _ arguments: [String] = []) async throws {
        let quoted = arguments.map { "'" + $0 + "'" }.joined(separator: " ")
        let line = "\(Self.script) \(name) \(directory) \(quoted) 2>\(directory)/errors"
        let status = await threads.run { system(line) }
        guard status == 0 else {
            throw Failure(description: "“server \(name)” failed: \(Self.contents(of: directory + "/errors"))")
        }
    }

    private static func contents(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
    }

    /// Ends all processes of the server at once.
    func stop() async throws { try await command("stop") }
    func resume() async throws { try await command("resume") }
    /// Stops all processes of the server where they are; its connections stay, and new ones are accepted by the kernel.
    func freeze() async throws { try await command("freeze") }
    func thaw() async throws { try await command("thaw") }
    /// Starts a pgbouncer in transaction mode. Its socket is in `directory/pooler`.
    func startPooler() async throws { try await command("pooler") }

    func nextNumber() -> Int {
        lastNumber.withLock { number in
            number += 1
            return number
        }
    }

    /// libpq's options for a database.
    func options(_ database: String, throughPooler: Bool = false) -> String {
        "host=\(directory)\(throughPooler ? "/pooler port=6432" : "") user=postgres dbname=\(database)"
    }

    /// Runs SQL on a connection of its own, on a thread that may block.
    ///
    /// - Returns: The first column of the rows.
    @discardableResult
    func sql(_ text: String, in database: String = "postgres") async throws -> [String] {
        let options = options(database)
        return try await threads.run { () throws(Failure) in try Self.sql(text, options) }
    }

    /// As `sql`, on the calling thread.
    static func sql(_ text: String, _ options: String) throws(Failure) -> [String] {
        let connection = PQconnectdb(options)
        defer { PQfinish(connection) }
        let result = PQexec(connection, text)
        defer { PQclear(result) }
        let status = PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
            throw Failure(description: String(cString: PQerrorMessage(connection)) + text)
        }
        return (0..<PQntuples(result)).map { String(cString: PQgetvalue(result, $0, 0)) }
    }
}
