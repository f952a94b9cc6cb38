import NIOCore
import UploadCore

extension S3BlobStore {
    /// Stores, reads and deletes one small object below the prefix, as segments are: wrong credentials, a wrong bucket, and
    /// an engine that does not fit its settings are found here and not by the first client.
    ///
    /// - Throws: `S3Error` with the step that failed, and what to change.
    public func prepare() async throws(S3Error) {
        let name = client.location.prefix + "probe/" + ObjectKey.random().digest.hex
        let bytes = Array("Wharf stores segments here.".utf8)
        try await requireBucket()
        try await requireRefusalOfDamage(name, bytes)
        try await step("storing a test object") { () throws(S3Failure) in
            try await client.put(named: name, .small(bytes, client.location.engine.integrity))
        }
        do throws(S3Error) {
            try await requireRange(name, 0..<UInt64(bytes.count), of: bytes)
            try await requireRange(name, 3..<7, of: bytes)
            try await requireDeletion(name)
        } catch {
            try? await client.delete(name)
            throw error
        }
    }

    /// Some engines create a missing bucket with the first object in it.
    func requireBucket() async throws(S3Error) {
        do throws(S3Failure) {
            _ = try await client.collect(.headBucket)
        } catch {
            // A response to HEAD has no code. 403 means no more than that the bucket may not be listed.
            if error.status == 404 {
                throw S3Error(
                    .configuration, "There is no bucket “\(client.location.bucket)” at \(address): create it.")
            }
            guard error.kind == .refused, error.status == 403 else {
                throw explained("looking for the bucket", error)
            }
        }
    }

    /// Requires that the engine verifies what it is sent, in the way that its settings say.
    private func requireRefusalOfDamage(_ name: String, _ bytes: [UInt8]) async throws(S3Error) {
        let integrity = client.location.engine.integrity
        guard integrity != .none else { return }
        var damaged = bytes
        damaged[0] ^= 1
        let segment = Segment.small(damaged, as: .small(bytes, integrity))
        do throws(S3Failure) {
            try await client.put(named: name, segment)
        } catch {
            // The checksum that an engine returns suffices, too.
            if error.kind == .damaged { return }
            throw explained("storing a test object with a wrong checksum, which has to be refused", error)
        }
        try? await client.delete(name)
        let others = S3Engine.Integrity.allCases.filter { $0 != integrity && $0 != .none }.map(\.rawValue)
        throw S3Error(
            .unsuitable,
            "The engine at \(address) does not verify \(integrity.rawValue): set integrity to one of "
                + others.joined(separator: ", ") + ", or to none.")
    }

    private func requireRange(_ name: String, _ range: Range<UInt64>, of bytes: [UInt8]) async throws(S3Error) {
        let found = try await step("reading a range of a test object") { () throws(S3Failure) in
            let response = try await client.get(named: name, range, objectBytes: UInt64(bytes.count))
            do {
                return Array(buffer: try await response.body.collect(upTo: bytes.count))
            } catch {
                throw S3Failure(network: error)
            }
        }
        guard found == Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]) else {
            throw S3Error(.unsuitable, "The engine at \(address) returned other bytes than it had stored.")
        }
    }

    private func requireDeletion(_ name: String) async throws(S3Error) {
        do throws(UploadError) {
            try await removeObjects([name])
        } catch {
            throw S3Error(
                .unsuitable, "The engine at \(address) did not delete an object: \(error.debugDescription).")
        }
    }

    func step<Value>(
        _ name: String, _ body: () async throws(S3Failure) -> Value
    ) async throws(S3Error) -> Value {
        do throws(S3Failure) {
            return try await body()
        } catch {
            throw explained(name, error)
        }
    }

    private var address: String { "\(client.location.endpoint.scheme)://\(client.location.authority)" }

    private func explained(_ step: String, _ failure: S3Failure) -> S3Error {
        let kind: S3Error.Kind
        let advice: String
        switch failure.kind {
        case .broken, .damaged, .busy, .cancelled:
            (kind, advice) = (.unavailable, "Check the endpoint, and that the engine runs.")
        case .full: (kind, advice) = (.unavailable, "Make room, or raise the quota.")
        case .untrusted:
            (kind, advice) = (
                .configuration,
                "Check the endpoint's address and its certificate, and which authorities are trusted (objects-authorities)."
            )
        case .skewed: (kind, advice) = (.unavailable, "Set the clock of this machine.")
        case .unauthenticated:
            (kind, advice) = (
                .configuration, "Check the access key, its secret and, of a temporary one, its token and its end."
            )
        case .refused, .missing:
            (kind, advice) = (.configuration, "Check the bucket, the region, the key and its permissions.")
        case .outOfRange, .unsupported:
            (kind, advice) = (.unsuitable, "Check the preset and its settings: the engine lacks what the store needs.")
        }
        return S3Error(kind, "Checking the bucket at \(address) failed while \(step): \(failure.detail). \(advice)")
    }
}

extension Segment {
    /// A segment of a few bytes.
    static func small(_ bytes: [UInt8], _ integrity: S3Engine.Integrity) -> Segment {
        var open = OpenSegment(start: 0, bytesMax: bytes.count, integrity)
        open.addPage()
        _ = bytes.withUnsafeBytes { open.append($0) }
        return open.sealed
    }

    /// Bytes that are sent with the checksum of others.
    fileprivate static func small(_ bytes: [UInt8], as other: Segment) -> Segment {
        Segment(range: other.range, pages: [ByteBuffer(bytes: bytes)], integrity: other.integrity)
    }
}
