import struct Crypto.HMAC
import struct Crypto.SHA256
import struct Crypto.SymmetricKey
import HTTPWire
import SessionCore
import UploadModel

/// Signs requests in their `Authorization` field or in their query: AWS Signature Version 4, “Authenticating Requests: Using
/// the Authorization Header” of the Amazon S3 API reference. Paths of S3 are not normalized.
struct SignatureV4: Sendable {
    let credentials: S3Credentials
    let region: String

    init(_ credentials: S3Credentials, region: String) {
        self.credentials = credentials
        self.region = region
    }

    /// For bytes that the signature does not cover.
    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// The header fields of a signed request: those passed, the date, the hash of the payload, the session token, and the
    /// signature.
    ///
    /// - Parameters:
    ///   - path: Percent-encoded.
    ///   - query: Not encoded, in any order.
    ///   - headers: Names in lower case, `host` among them.
    ///   - payloadHash: The SHA-256 of the body in hexadecimal, or `unsignedPayload`.
    func signedHeaders(
        method: String, path: String, query: [(name: String, value: String)],
        headers: [(name: String, value: String)], payloadHash: String, at time: Timestamp
    ) -> [(name: String, value: String)] {
        let date = time.compactDate
        var headers = headers + [("x-amz-content-sha256", payloadHash), ("x-amz-date", date)]
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let sorted = headers.sorted { $0.name < $1.name }
        let names = sorted.map(\.name).joined(separator: ";")
        let canonical = [
            method, path, Self.canonicalQuery(query),
            sorted.map { "\($0.name):\(Self.collapsingSpaces($0.value))\n" }.joined(), names, payloadHash,
        ].joined(separator: "\n")
        let credential = credential(date: date)
        let signature = signature(of: canonical, date: date)
        let authorization =
            "AWS4-HMAC-SHA256 Credential=\(credential),SignedHeaders=\(names),Signature=\(signature)"
        return headers + [("authorization", authorization)]
    }

    /// The query of a request that its holder may send without a key: “Authenticating Requests: Using Query Parameters” of the
    /// Amazon S3 API reference.
    ///
    /// - Parameters:
    ///   - path: Percent-encoded.
    ///   - query: Not encoded, in any order.
    ///   - seconds: For which it is valid, from one on to a week.
    func presignedQuery(
        method: String, path: String, query: [(name: String, value: String)], host: String, seconds: Int,
        at time: Timestamp
    ) -> String {
        let date = time.compactDate
        var query = query
        query += [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", credential(date: date)), ("X-Amz-Date", date),
            ("X-Amz-Expires", "\(seconds)"), ("X-Amz-SignedHeaders", "host"),
        ]
        if let token = credentials.sessionToken { query.append(("X-Amz-Security-Token", token)) }
        let sent = Self.canonicalQuery(query)
        let canonical = [method, path, sent, "host:\(host)\n", "host", Self.unsignedPayload].joined(separator: "\n")
        return "\(sent)&X-Amz-Signature=\(signature(of: canonical, date: date))"
    }

    private func scope(date: String) -> String { "\(date.prefix(8))/\(region)/s3/aws4_request" }
    private func credential(date: String) -> String { "\(credentials.accessKey)/\(scope(date: date))" }

    /// - Parameter canonical: The canonical request.
    private func signature(of canonical: String, date: String) -> String {
        let toSign = "AWS4-HMAC-SHA256\n\(date)\n\(scope(date: date))\n\(Digest(of: Array(canonical.utf8)).hex)"
        return Digest(bytes: Self.authenticate(toSign, with: key(day: String(date.prefix(8)))))?.hex ?? ""
    }

    /// The query as it is signed, and as it is sent.
    static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        query.map { ($0.name.percentEncoded, $0.value.percentEncoded) }
            .sorted { $0 < $1 }
            .map { "\($0)=\($1)" }
            .joined(separator: "&")
    }

    private func key(day: String) -> [UInt8] {
        var key = Array("AWS4\(credentials.secretKey)".utf8)
        for part in [day, region, "s3", "aws4_request"] { key = Self.authenticate(part, with: key) }
        return key
    }

    private static func authenticate(_ text: String, with key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }

    private static func collapsingSpaces(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }
}

extension Timestamp {
    /// `20130524T000000Z`.
    var compactDate: String {
        let time = CivilTime(self)
        func digits(_ value: Int, _ count: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        return digits(time.year, 4) + digits(time.month) + digits(time.day) + "T" + digits(time.hour)
            + digits(time.minute) + digits(time.second) + "Z"
    }
}
