import UploadCore

/// The address to listen on: `HOST:PORT`, with an IPv6 address in brackets.
struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// A host name or an address without brackets.
    let host: String
    /// 0: any free port.
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
    /// (RFC 4291, section 2.5.3) in their usual spelling. Any other name may resolve to anything.
    var isLoopback: Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}

/// Parses and formats sizes and durations.
enum Quantity {
    private static let sizeUnits: [(name: String, factor: UInt64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ]
    private static let durationUnits: [(name: String, factor: UInt64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Parses `8MiB`, `64KiB` or a plain number of bytes.
    static func bytes(_ text: String) -> UInt64? {
        number(text, sizeUnits + [("", 1)])
    }

    /// Parses `500ms`, `30s`, `5m`, `2h` or `7d`. The unit is required, except for `0`, which often disables something.
    static func milliseconds(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        return number(text, durationUnits).flatMap(Int64.init(exactly:))
    }

    /// In the largest unit that is exact.
    static func text(bytes: UInt64) -> String {
        text(bytes, sizeUnits) ?? "\(bytes)"
    }

    static func text(milliseconds: Int64) -> String {
        text(UInt64(milliseconds), durationUnits) ?? "0s"
    }

    private static func number(_ text: String, _ units: [(name: String, factor: UInt64)]) -> UInt64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let unit = units.first(where: { $0.name == text[digits.endIndex...] }), let number = UInt64(digits)
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        return overflow ? nil : product
    }

    private static func text(_ value: UInt64, _ units: [(name: String, factor: UInt64)]) -> String? {
        guard value > 0, let unit = units.first(where: { value.isMultiple(of: $0.factor) }) else { return nil }
        return "\(value / unit.factor)\(unit.name)"
    }
}

enum DurabilityChoice: String, CaseIterable, Sendable {
    case powerLoss = "power-loss"
    case processCrash = "process-crash"

    var durability: Durability {
        switch self {
        case .powerLoss: .powerLoss
        case .processCrash: .processCrash
        }
    }
}

/// Whether large writes bypass the page cache.
enum DirectIOChoice: String, CaseIterable, Sendable {
    /// At `power-loss`, where the file system permits it.
    case automatic = "auto"
    case off
}

/// Authentication: `none`; `tokens=FILE` for bearer tokens whose hashes are in the file, `jwt` for those of an issuer, or
/// both, `tokens=FILE,jwt`.
struct AuthChoice: Hashable, Sendable, CustomStringConvertible {
    /// nil without tokens of a file.
    let tokenFile: String?
    let acceptsJWT: Bool

    static let none = AuthChoice(tokenFile: nil, acceptsJWT: false)
    static let jwt = AuthChoice(tokenFile: nil, acceptsJWT: true)

    static func tokens(file: String) -> AuthChoice { AuthChoice(tokenFile: file, acceptsJWT: false) }

    private init(tokenFile: String?, acceptsJWT: Bool) {
        self.tokenFile = tokenFile
        self.acceptsJWT = acceptsJWT
    }

    init?(_ text: String) {
        let (prefix, suffix) = ("tokens=", ",jwt")
        guard text.hasPrefix(prefix) else {
            guard let choice = [Self.none, .jwt].first(where: { $0.description == text }) else { return nil }
            self = choice
            return
        }
        let acceptsJWT = text.hasSuffix(suffix)
        let file = text.dropFirst(prefix.count).dropLast(acceptsJWT ? suffix.count : 0)
        guard !file.isEmpty else { return nil }
        self.init(tokenFile: String(file), acceptsJWT: acceptsJWT)
    }

    var description: String {
        switch (tokenFile, acceptsJWT) {
        case (nil, false): "none"
        case (nil, true): "jwt"
        case (let file?, false): "tokens=\(file)"
        case (let file?, true): "tokens=\(file),jwt"
        }
    }
}

/// Where each request is logged: `off`, `-` for standard output, or a file.
enum AccessLogChoice: Hashable, Sendable, CustomStringConvertible {
    case off
    case output
    case file(path: String)

    init?(_ text: String) {
        switch text {
        case "": return nil
        case "off": self = .off
        case "-": self = .output
        default: self = .file(path: text)
        }
    }

    var description: String {
        switch self {
        case .off: "off"
        case .output: "-"
        case .file(let path): path
        }
    }
}

enum LogFormat: String, CaseIterable, Sendable {
    case text, json
}
