import FoundationEssentials
import HTTPWire
import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import BlobStorageS3

/// Against the examples of the Amazon S3 API reference, “Signature Calculations for the Authorization Header: Transferring
/// Payload in a Single Chunk”, and against botocore.
struct SignatureTests {
    private static let signature = SignatureV4(
        S3Credentials(accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")
    private static let host = ("host", "examplebucket.s3.amazonaws.com")
    private static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private func signature(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], payloadHash: String = emptyHash
    ) throws -> String {
        let time = try #require(Timestamp(compactDate: "20130524T000000Z"))
        let signed = Self.signature.signedHeaders(
            method: method, path: path, query: query, headers: [Self.host] + headers, payloadHash: payloadHash, at: time
        )
        #expect(signed.first { $0.name == "x-amz-date" }?.value == "20130524T000000Z")
        let authorization = try #require(signed.last { $0.name == "authorization" }?.value)
        return String(authorization.suffix(64))
    }

    @Test func `GET Object`() throws {
        let found = try signature("GET", "/test.txt", headers: [("range", "bytes=0-9")])
        #expect(found == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func `PUT Object`() throws {
        let found = try signature(
            "PUT", "/test%24file.text",
            headers: [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            payloadHash: Digest(of: Array("Welcome to Amazon S3.".utf8)).hex)
        #expect(found == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test func `GET Bucket Lifecycle`() throws {
        let found = try signature("GET", "/", query: [("lifecycle", "")])
        #expect(found == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    }

    @Test func `List Objects`() throws {
        let found = try signature("GET", "/", query: [("prefix", "J"), ("max-keys", "2")])
        #expect(found == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    /// The example of “Authenticating Requests: Using Query Parameters” of the Amazon S3 API reference.
    @Test func `a presigned URL is signed as documented`() throws {
        let credentials = S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
        let query = SignatureV4(credentials, region: "us-east-1").presignedQuery(
            method: "GET", path: "/test.txt", query: [], host: "examplebucket.s3.amazonaws.com", seconds: 86_400,
            at: try #require(Timestamp(compactDate: "20130524T000000Z")))
        #expect(
            query == "X-Amz-Algorithm=AWS4-HMAC-SHA256"
                + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
                + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
                + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
    }

    @Test func `the session token is signed`() throws {
        let credentials = S3Credentials(accessKey: "A", secretKey: "B", sessionToken: "token")
        let signed = SignatureV4(credentials, region: "r").signedHeaders(
            method: "GET", path: "/", query: [], headers: [Self.host], payloadHash: Self.emptyHash,
            at: Timestamp(milliseconds: 0))
        #expect(signed.first { $0.name == "x-amz-security-token" }?.value == "token")
        let authorization = try #require(signed.last?.value)
        #expect(authorization.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"))
        #expect(authorization.contains("/19700101/r/s3/aws4_request"))
    }

    private struct BotocoreCase: Decodable {
        let method: String
        let path: String
        let query: [[String]]
        let headers: [[String]]
        let payload: String
        let date: String
        let region: String
        let accessKey: String
        let secretKey: String
        let token: String?
        let authorization: String
        /// Of the same request in its query, for so many seconds.
        let presigned: String
        let expires: Int
    }

    /// Requests that scripts/test-s3 has made up and signed with botocore.
    @Test(.enabled(if: BlobStorageS3Environment.signatures != nil))
    func `random requests are signed as botocore signs them`() throws {
        let path = try #require(BlobStorageS3Environment.signatures)
        let cases = try JSONDecoder().decode([BotocoreCase].self, from: Data(contentsOf: URL(filePath: path)))
        #expect(cases.count >= 100)
        for sample in cases {
            let credentials = S3Credentials(
                accessKey: sample.accessKey, secretKey: sample.secretKey, sessionToken: sample.token)
            let signed = SignatureV4(credentials, region: sample.region).signedHeaders(
                method: sample.method, path: sample.path.percentEncoded { $0.isUnreserved || $0 == UInt8(ascii: "/") },
                query: sample.query.map { ($0[0], $0[1]) }, headers: sample.headers.map { ($0[0], $0[1]) },
                payloadHash: sample.payload, at: try #require(Timestamp(compactDate: sample.date)))
            #expect(signed.last?.value == sample.authorization, "\(sample.method) \(sample.path) \(sample.query)")
            let presigned = SignatureV4(credentials, region: sample.region).presignedQuery(
                method: "GET", path: sample.path.percentEncoded { $0.isUnreserved || $0 == UInt8(ascii: "/") },
                query: sample.query.map { ($0[0], $0[1]) },
                host: try #require(sample.headers.first { $0[0] == "host" })[1], seconds: sample.expires,
                at: try #require(Timestamp(compactDate: sample.date)))
            #expect(presigned.hasSuffix("&X-Amz-Signature=" + sample.presigned), "\(sample.path) \(sample.query)")
        }
    }
}
