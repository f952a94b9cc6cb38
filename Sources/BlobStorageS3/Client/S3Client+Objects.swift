import DeliberateFaults
import NIOHTTP1
import UploadCore

extension S3Client {
    /// The name of a segment's object: `segments/<first two digits>/<key>` below the prefix, in lower-case hexadecimal.
    func name(of key: ObjectKey) -> String {
        let hex = key.digest.hex
        return "\(location.prefix)segments/\(hex.prefix(2))/\(hex)"
    }

    /// The names of all segments begin with this.
    var segmentsPrefix: String { location.prefix + "segments/" }

    /// Unreferenced segments are moved to `quarantine/<key>` below the prefix.
    func quarantineName(of key: ObjectKey) -> String { "\(location.prefix)quarantine/\(key.digest.hex)" }

    /// The object that marks the bucket of a database is `store-<mark>` below the prefix.
    func name(of mark: ObjectsMark) -> String { "\(location.prefix)store-\(mark.text)" }

    /// The key of an object below `segmentsPrefix`; nil if it is no segment's.
    func key(named name: String) -> ObjectKey? {
        guard let hex = name.split(separator: "/").last, let digest = Digest(hex: hex) else { return nil }
        let key = ObjectKey(digest)
        return self.name(of: key) == name ? key : nil
    }

    /// PutObject. After a failure that `isTemporary` the object may exist, or appear later.
    func put(_ key: ObjectKey, _ segment: Segment) async throws(S3Failure) {
        try await put(named: name(of: key), segment)
    }

    func put(named name: String, _ segment: Segment) async throws(S3Failure) {
        let (response, _) = try await stored(.put(name, segment))
        if segment.integrity.contradicts(response.headers.first(name: Integrity.checksumHeader)) {
            throw S3Failure(kind: .damaged, detail: "the engine stored bytes with another checksum")
        }
    }

    /// CopyObject, within the bucket.
    func copy(_ name: String, to copy: String) async throws(S3Failure) {
        try await stored(.copy(name, to: copy, bucket: location.bucket))
    }

    /// Sends a request that stores an object. Engines that have sent their status before they fail say so in the body.
    @discardableResult
    func stored(_ request: S3Request, isStreamed: Bool = false) async throws(S3Failure) -> (Response, String) {
        let (response, body) = try await collect(request, isStreamed: isStreamed)
        if let error = XMLNode(parsing: body), error.name == "Error", !DeliberateFault.acceptErrorDocuments.isOn {
            throw S3Failure(status: response.status, code: error["Code"] ?? "InternalError", message: error["Message"])
        }
        return (response, body)
    }

    /// The size of an object in bytes; nil if there is none. By a GET of one byte: the response to a HEAD does not say whether
    /// it is the object that is missing, or the bucket.
    func size(named name: String) async throws(S3Failure) -> UInt64? {
        let response: Response
        do throws(S3Failure) {
            (response, _) = try await collect(.get(name, 0..<1))
        } catch {
            switch error.kind {
            case .missing: return nil
            // No byte is the first one.
            case .outOfRange: return 0
            default: throw error
            }
        }
        let contents = response.headers.first(name: "content-range")
        guard response.status == 206, let size = contents?.split(separator: "/").last.flatMap({ UInt64($0) }) else {
            throw S3Failure(kind: .unsupported, detail: "the engine ignores ranges")
        }
        return size
    }

    /// GetObject of a range.
    ///
    /// - Parameter objectBytes: The size that the object must have.
    func get(
        named name: String, _ range: Range<UInt64>, objectBytes: UInt64
    ) async throws(S3Failure) -> Response {
        let response = try await send(.get(name, range), isStreamed: true)
        let wanted = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(objectBytes)"
        let contents = response.headers.first(name: "content-range")
        guard response.status == 206, let contents else {
            throw S3Failure(kind: .unsupported, detail: "the engine ignores ranges")
        }
        guard contents == wanted else {
            throw S3Failure(kind: .outOfRange, detail: "the object has “\(contents)” instead of “\(wanted)”")
        }
        return response
    }

    /// Deletes objects; those that do not exist are deleted already.
    ///
    /// - Parameter names: At most `S3Engine.deletionBatchMax`.
    /// - Returns: The objects that were not deleted.
    func delete(_ names: [String]) async throws(S3Failure) -> [Undeleted] {
        // 1,000 errors of a few hundred bytes each.
        let (response, body) = try await collect(.delete(names), bytesMax: 4 << 20)
        guard let result = XMLNode(parsing: body), result.name == "DeleteResult" else {
            throw S3Failure(status: response.status, body: body)
        }
        if DeliberateFault.acceptPartialDeletions.isOn { return [] }
        return result.all("Error").filter { $0["Code"] != "NoSuchKey" }.map { error in
            Undeleted(
                name: error["Key"] ?? "",
                failure: S3Failure(status: response.status, code: error["Code"], message: error["Message"]))
        }
    }

    struct Undeleted: Hashable, Sendable {
        let name: String
        let failure: S3Failure
    }

    /// DeleteObject; nothing happens if it does not exist.
    func delete(_ name: String) async throws(S3Failure) {
        do throws(S3Failure) {
            _ = try await collect(.delete(name))
        } catch {
            guard error.kind == .missing else { throw error }
        }
    }

    /// ListObjectsV2: a page of names and sizes in the order of the names. For checks, never in service.
    func list(prefix: String, startAfter: String?, limit: Int) async throws(S3Failure) -> (
        objects: [ListedObject], isTruncated: Bool
    ) {
        let request = S3Request.list(prefix: prefix, startAfter: startAfter, limit: limit)
        let (response, body) = try await collect(request, bytesMax: 4 << 20)
        guard let result = XMLNode(parsing: body), result.name == "ListBucketResult" else {
            throw S3Failure(status: response.status, body: body)
        }
        var objects: [ListedObject] = []
        for entry in result.all("Contents") {
            guard let name = entry["Key"], let size = entry["Size"].flatMap({ UInt64($0) }) else {
                throw S3Failure(kind: .broken, detail: "the engine lists an object without a name or a size")
            }
            objects.append(ListedObject(name: name, byteCount: size))
        }
        return (objects, result["IsTruncated"] == "true")
    }

    struct ListedObject: Hashable, Sendable {
        let name: String
        let byteCount: UInt64
    }
}
