/// Why a connection was not made: what libpq says about it.
struct ConnectionFailure: Error, Hashable, Sendable {
    /// One line, without SQLSTATEs, places in PostgreSQL's source, and libpq's own hints.
    let message: String
    /// Those of the server's answers, one for each attempt that it answered. Empty without answers, and in messages that libpq
    /// was not told to write with them.
    let sqlStates: [String]
    /// Why another attempt with the same settings would fail, too, apart from the server's answers.
    let obstacle: Obstacle?

    enum Obstacle: Hashable, Sendable {
        /// The server asks for a password, and there is none.
        case missingPassword
        /// An option has a value that libpq does not take.
        case invalidOptions
        /// The certificate of the server is not valid, or it does not speak TLS although that is required.
        case insecure
    }

    /// - Parameter text: libpq's message, of verbosity default or verbose. Verbose ones have lines
    ///   `SEVERITY:  SQLSTATE: MESSAGE`, of which only the SQLSTATE is in no language, and lines `LOCATION:  …`.
    ///
    /// Source: PostgreSQL 15, `pqBuildErrorMessage3` in fe-protocol3.c.
    init(_ text: String, obstacle: Obstacle? = nil) {
        var (lines, states): ([String], [String]) = ([], [])
        // Hints are indented.
        for line in text.split(separator: "\n") where !line.hasPrefix("\t") && !line.hasPrefix("LOCATION:") {
            guard let (before, state, after) = Self.parts(ofAnswer: line) else {
                lines.append(String(line.replacing(":  ", with: ": ")))
                continue
            }
            states.append(state)
            lines.append("\(before): \(after.replacing(":  ", with: ": "))")
        }
        message = lines.isEmpty ? "out of memory" : lines.joined(separator: "; ")
        sqlStates = states
        self.obstacle = obstacle ?? (Self.areInsecure(lines) ? .insecure : nil)
    }

    /// Whether all attempts ended at the certificate. libpq has no code for that. This process sets no locale, so that libpq does
    /// not translate its messages; an unknown text is an outage.
    private static func areInsecure(_ lines: [String]) -> Bool {
        let attempts = lines.filter { $0.hasPrefix("connection to server") }
        return !attempts.isEmpty
            && attempts.allSatisfy { attempt in insecureTexts.contains { attempt.contains($0) } }
    }

    private static let insecureTexts = [
        "certificate verify failed", "does not match host name", "root certificate file", "server does not support SSL",
    ]

    /// Splits at the first `:  SQLSTATE: `. What follows may quote the names of the client.
    private static func parts(ofAnswer line: Substring) -> (before: Substring, state: String, after: Substring)? {
        guard let separator = line.firstRange(of: ":  ") else { return nil }
        let rest = line[separator.upperBound...]
        let state = rest.prefix(5)
        guard state.utf8.count == 5,
            state.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }),
            rest.dropFirst(5).hasPrefix(": ")
        else { return nil }
        return (line[..<separator.lowerBound], String(state), rest.dropFirst(7))
    }

    /// What to change before another attempt; nil if a later one may succeed without a change: the server cannot be reached,
    /// starts (57P03), or has no connection left (53300).
    var remedy: String? {
        switch obstacle {
        case .missingPassword: return "set PGPASSWORD, or the file of PGPASSFILE"
        case .invalidOptions: return "correct the address, and the variables PG… of libpq"
        case .insecure: return "check sslmode and sslrootcert of the address, and the certificate of the server"
        case nil: break
        }
        // Of several attempts, with and without TLS, one with a passing reason is enough for another try.
        let remedies = sqlStates.map(Self.remedy)
        return remedies.contains(nil) ? nil : remedies.first ?? nil
    }

    /// Source: PostgreSQL 15 documentation, appendix A “PostgreSQL Error Codes”.
    private static func remedy(_ sqlState: String) -> String? {
        switch sqlState {
        case "28P01": "check the user, and the password in PGPASSWORD or the file of PGPASSFILE"
        case _ where sqlState.hasPrefix("28"): "check the user, and what pg_hba.conf of the server permits"
        case "3D000": "check the name of the database, or create it"
        case "42501": "grant the user the right to connect to the database (GRANT CONNECT)"
        // Options that the server does not know, or values that it does not take.
        case _ where sqlState.hasPrefix("42") || sqlState == "22023": "check the options of the address"
        default: nil
        }
    }
}
