import HTTPWire

/// Where the keys of an issuer are: a file, or a URL with `https`, or with `http` on this machine.
enum KeyLocation: Hashable, Sendable, CustomStringConvertible {
    case file(path: String)
    case url(String)

    /// - Returns: nil for an empty text, for another scheme, for `http` to another machine, where anybody on the way could
    ///   exchange the keys, and for a URL with a user or a password, which would be logged.
    init?(_ text: String) {
        guard text.contains("://") else {
            guard !text.isEmpty else { return nil }
            self = .file(path: text)
            return
        }
        guard text.utf8.allSatisfy({ $0 > UInt8(ascii: " ") && $0 < 0x7f }), let origin = WebOrigin(ofURL: text),
            origin.scheme == "https" || ListenAddress(host: origin.host, port: 0).isLoopback
        else { return nil }
        self = .url(text)
    }

    var description: String {
        switch self {
        case .file(let path): path
        case .url(let url): url
        }
    }
}
