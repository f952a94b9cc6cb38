import CLibPQ

/// libpq's URI of a database.
package enum ConnectionURI {
    /// Why libpq would not attempt to connect to a URI, in its words; nil if it would. Names of hosts are not looked up.
    ///
    /// Source: PostgreSQL 15 documentation, 34.1.1.2 “Connection URIs”, and 34.1.2 for the options that are numbers.
    package static func problem(of uri: String) -> String? {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(uri, &message) else {
            defer { PQfreemem(message) }
            return message.map { String(cString: $0).firstLine } ?? "out of memory"
        }
        defer { PQconninfoFree(options) }
        var option = options
        while let keyword = option.pointee.keyword {
            let name = String(cString: keyword)
            if let range = numbers[name], let value = option.pointee.val.map({ String(cString: $0) }), !value.isEmpty {
                // A port for each host, or one for all; an empty one is the default.
                let values = name == "port" ? value.split(separator: ",") : [value[...]]
                for text in values where Int32(text).map(range.contains) != true {
                    return "\(name) is “\(text)”, not a number from \(range.lowerBound) to \(range.upperBound)"
                }
            }
            option += 1
        }
        return nil
    }

    private static let numbers: [String: ClosedRange<Int32>] = [
        "port": 1...65_535, "connect_timeout": -1...Int32.max, "keepalives": 0...1, "keepalives_idle": 0...Int32.max,
        "keepalives_interval": 0...Int32.max, "keepalives_count": 0...Int32.max, "tcp_user_timeout": 0...Int32.max,
    ]
}
