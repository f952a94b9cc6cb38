/// The key of an S3 account. Neither its description nor any error shows the secret.
public struct S3Credentials: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    public let accessKey: String
    let secretKey: String
    /// Of temporary credentials.
    let sessionToken: String?

    public init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    public var description: String { "access key \(accessKey)" }
    public var customMirror: Mirror { Mirror(self, children: ["accessKey": accessKey]) }
}

extension S3Credentials {
    /// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    ///
    /// - Throws: An error of kind `configuration` that names what is missing.
    public init(environment: [String: String]) throws(S3Error) {
        func value(_ name: String) throws(S3Error) -> String {
            guard let value = environment[name], !value.isEmpty else {
                throw S3Error(.configuration, "The environment has no \(name).")
            }
            return value
        }
        let token = environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        try self.init(
            checkedAccessKey: value("AWS_ACCESS_KEY_ID"), secretKey: value("AWS_SECRET_ACCESS_KEY"), sessionToken: token
        )
    }

    /// Reads a profile of a shared credentials file of AWS's tools: lines `name = value` below `[profile]`.
    ///
    /// - Throws: An error of kind `configuration` that names what is missing.
    public init(file text: String, profile: String = "default") throws(S3Error) {
        var section: Substring?
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline).map({ $0.trimmingSpaces() }) {
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = line.dropFirst().dropLast().trimmingSpaces()
            } else if let section, section == profile, let equals = line.firstIndex(of: "=") {
                let name = line[..<equals].trimmingSpaces().lowercased()
                values[name] = String(line[line.index(after: equals)...].trimmingSpaces())
            }
        }
        func value(_ name: String) throws(S3Error) -> String {
            guard let value = values[name], !value.isEmpty else {
                throw S3Error(.configuration, "The profile “\(profile)” of the credentials file has no \(name).")
            }
            return value
        }
        let token = values["aws_session_token"].flatMap { $0.isEmpty ? nil : $0 }
        try self.init(
            checkedAccessKey: value("aws_access_key_id"), secretKey: value("aws_secret_access_key"), sessionToken: token
        )
    }

    /// The access key and the token become parts of header fields.
    private init(checkedAccessKey accessKey: String, secretKey: String, sessionToken: String?) throws(S3Error) {
        for (name, value) in [("access key", accessKey), ("session token", sessionToken ?? "")] {
            guard value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw S3Error(.configuration, "The \(name) has characters other than visible ASCII.")
            }
        }
        self.init(accessKey: accessKey, secretKey: secretKey, sessionToken: sessionToken)
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var rest = self
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
