import CLibPQ

extension Connection {
    /// Connects. Blocks.
    ///
    /// - Parameters:
    ///   - options: libpq's connection string or URI. Its options replace those that this sets.
    ///   - connectTimeout: The longest wait for a connection, to each address.
    ///   - timeout: The longest wait for an answer later on.
    ///   - isExplained: Whether a failed attempt is made once more, to learn the SQLSTATEs of the server's answers.
    convenience init(
        _ options: String, connectTimeout: Duration, timeout: Duration, isExplained: Bool = false
    ) throws(ConnectionFailure) {
        let seconds = max(2, connectTimeout.components.seconds)
        let all = [
            ("application_name", "wharf"), ("connect_timeout", "\(seconds)"), ("keepalives_idle", "10"),
            ("keepalives_interval", "5"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(timeout.milliseconds)"),
            // A standby, or a primary that became one, takes no changes.
            ("target_session_attrs", "read-write"), ("dbname", options), ("client_encoding", "UTF8"),
        ]
        // The name of the database is expanded as a connection string.
        guard let handle = Self.withOptions(all, { PQconnectdbParams($0, $1, 1) }) else {
            throw ConnectionFailure("out of memory")
        }
        if PQstatus(handle) != CONNECTION_OK {
            let failure = isExplained ? Self.explainedFailure(handle, all) : Self.failure(of: handle)
            if let failure {
                PQfinish(handle)
                throw failure
            }
        }
        try self.init(handle, timeout: timeout)
    }

    private static func failure(of handle: OpaquePointer) -> ConnectionFailure {
        ConnectionFailure(
            PQerrorMessage(handle).map { String(cString: $0) } ?? "",
            obstacle: PQconnectionNeedsPassword(handle) == 1 ? .missingPassword : nil)
    }

    /// The server's answer to an attempt to connect is no result with fields; its SQLSTATE is only in a verbose message. The
    /// verbosity is a property of a connection, and kept by `PQreset`, which connects again.
    ///
    /// - Returns: Nil if the second attempt succeeded.
    private static func explainedFailure(
        _ handle: OpaquePointer, _ options: [(name: String, value: String)]
    ) -> ConnectionFailure? {
        let first = failure(of: handle)
        PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        PQreset(handle)
        if PQstatus(handle) == CONNECTION_OK {
            PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
            return nil
        }
        // With invalid options libpq attempts nothing, and adds nothing to say.
        if PQerrorMessage(handle)?.pointee ?? 0 == 0 {
            let isInvalid = withOptions(options) { PQpingParams($0, $1, 1) } == PQPING_NO_ATTEMPT
            return isInvalid ? ConnectionFailure(first.message, obstacle: .invalidOptions) : first
        }
        return failure(of: handle)
    }

    /// Calls `body` with the names and the values, both ended by a null pointer.
    private static func withOptions<Value>(
        _ options: [(name: String, value: String)],
        _ body: ([UnsafePointer<CChar>?], [UnsafePointer<CChar>?]) -> Value
    ) -> Value {
        withCStrings(options.map(\.name)) { names in
            withCStrings(options.map(\.value)) { values in body(names, values) }
        }
    }
}

/// Calls `body` with C strings and a null pointer after the last.
private func withCStrings<Value>(_ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> Value) -> Value {
    let copies = strings.map { Array($0.utf8CString) }
    var pointers: [UnsafePointer<CChar>?] = []
    func collect(_ rest: ArraySlice<[CChar]>) -> Value {
        guard let first = rest.first else { return body(pointers + [nil]) }
        return first.withUnsafeBufferPointer { characters in
            pointers.append(characters.baseAddress)
            return collect(rest.dropFirst())
        }
    }
    return collect(copies[...])
}
