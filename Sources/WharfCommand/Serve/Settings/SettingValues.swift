/// Where the server listens: `HOST:PORT`, an IPv6 address in brackets.
struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address, without brackets.
    let host: String
    /// 0: whichever is free.
    let port: Int

    static let standard = ListenAddress(host: "127.0.0.1", port: 8080)

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        let isName = host.utf8.allSatisfy { $0 > UInt8(ascii: " ") && $0 < 0x7f && !"/[]@".utf8.contains($0) }
        guard !host.isEmpty, isName else { return nil }
        self.init(host: String(host), port: Int(port))
    }

    var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Whether only this machine can reach it: `localhost`, 127.0.0.0/8 (RFC 1122, section 3.2.1.3) and `::1`
    /// (RFC 4291, section 2.5.3), as they are usually written. Any other name may mean anything.
    var isLoopback: Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}
