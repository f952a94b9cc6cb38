import HTTPTypes
import HTTPWire
public import NativeWire
public import NIOCore
import SessionCore
import UploadModel

extension UploadClient {
    /// Uploads a file or a stream; returns once the server has verified its length and SHA-256.
    ///
    /// Files are resumable: with a `resume` store, a call after cancellation or a crash continues the upload and sends
    /// no acknowledged chunk again. A file that has changed starts over. A stream is uploaded with at most `parallel`
    /// chunks in memory, and cannot be resumed.
    ///
    /// ```swift
    /// let finished = try await client.put(.file(path: "film.mov"), resume: ResumeStore(directory: state))
    /// ```
    ///
    /// - Parameters:
    ///   - resume: Stores the state of unfinished uploads; nil for none.
    ///   - onProgress: Called often and concurrently; must not block.
    ///   - onEvent: Called rarely.
    /// - Throws: `ClientError`: `content_changed` if the source changed during the upload, `local_file`, `unreachable`,
    ///   or a code of the server; `CancellationError`.
    public func put(
        _ source: UploadSource, options: PutOptions = PutOptions(), resume: ResumeStore? = nil,
        onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in },
        onEvent: @escaping @Sendable (PutEvent) async -> Void = { _ in }
    ) async throws -> FinishedDocument {
        let meter = ProgressMeter(onProgress: onProgress)
        switch source {
        case .file(let path):
            let file = try await LocalFile.open(path, on: pool)
            // Files of `/proc` say that they are empty, and are not.
            if file.identity.size == 0, try await file.read(at: 0, count: 1).readableBytes > 0 {
                guard options.uploadProtocol == .native else { throw ClientError.unsized(path.text) }
                let reader = file.reader(named: options.name ?? path.lastComponent.text)
                let finished = try await StreamUpload(client: self, options: options, meter: meter).run(reader)
                return withExtendedLifetime(file) { finished }
            }
            let states = ResumeStates(client: self, store: resume)
            if case .ietf(let path) = options.uploadProtocol {
                return try await ResumableUpload(
                    client: self, file: file, options: options, target: ResumableTarget(path: path), states: states,
                    meter: meter, onEvent: onEvent
                ).run()
            }
            return try await FileUpload(
                client: self, file: file, options: options, states: states, meter: meter, onEvent: onEvent
            ).run()
        case .stream(let descriptor, let name):
            guard options.uploadProtocol == .native else { throw ClientError.unsized(name) }
            let reader = StreamReader(descriptor: descriptor, name: name)
            return try await StreamUpload(client: self, options: options, meter: meter).run(reader)
        }
    }
}

extension UploadClient {
    /// Uploads bytes in one request. Idempotent within the call's retries; not resumable.
    ///
    /// - Parameter options: Uses `capsule`, `name`, `type`, `derive` and `companions` only.
    /// - Throws: `ClientError`: `checksum_mismatch` if the bytes arrived damaged, and as every call.
    public func put(_ bytes: ByteBuffer, options: PutOptions) async throws -> FinishedDocument {
        let digest = bytes.withUnsafeReadableBytes { Digest(of: $0) }
        let key = IdempotencyKey(bytes: Array(newKey().utf8))
        let path = NativePath.blobs(
            name: options.name ?? "bytes", type: options.type, capsule: options.capsule, derive: options.derive,
            companions: options.companions)
        var fields = HTTPFields()
        fields[.contentDigest] = ContentDigest.format(digest)
        fields[.idempotencyKey] = IdempotencyKeyField.format(key)
        return try await document(
            FinishedDocument.self, TransportRequest(.post, path, fields: fields, body: .bytes(bytes)))
    }

    /// The SHA-256 of a regular file in hexadecimal.
    ///
    /// - Throws: `ClientError` `local_file`, `content_changed`; `CancellationError`.
    public func digest(ofFile path: String) async throws -> String {
        try await digest(of: LocalPath(path))
    }

    /// As `digest(ofFile:)`.
    public func digest(of path: LocalPath) async throws -> String {
        let file = try await LocalFile.open(path, on: pool)
        return try await file.digest(of: 0..<file.identity.size).hex
    }
}

/// Options of an upload.
public struct PutOptions: Hashable, Sendable {
    /// nil: the caller's default capsule.
    public var capsule: String?
    /// nil: the last component of the path.
    public var name: String?
    /// The media type; nil: the server's default.
    public var type: String?
    /// In bytes; nil: the server's choice for a file, 8 MiB for a stream.
    public var chunkSize: UInt64?
    /// Chunks sent at once; at least 1.
    public var parallel = 4
    /// The recipe of derivations: `photo` or `none`; nil: the capsule's default.
    public var derive: String?
    /// Blobs of the capsule that become assets of the memory; only with the recipe `photo`.
    public var companions: [CompanionDocument] = []
    /// Whether the server is told the time of the file's last modification.
    public var keepsModificationTime = true
    /// By which protocol files are sent.
    public var uploadProtocol = UploadProtocol.native

    public enum UploadProtocol: Hashable, Sendable {
        /// Wharf's own: chunks in parallel.
        case native
        /// “Resumable Uploads for HTTP” (draft-ietf-httpbis-resumable-upload), in the newest of the versions 9, 8, 6, 5 and 3 that
        /// the server speaks. The file is hashed before it is sent, in one request, or in requests of at most `chunkSize` bytes;
        /// `parallel` has no effect.
        ///
        /// - Parameter path: Where a server that is not Wharf takes uploads: `/…` below the server's address. nil for Wharf. On
        ///   another server `capsule` and `derive` have no effect, the document's `blob` is the upload's address or its
        ///   `Content-Location`, and the server need not verify the digest.
        case ietf(path: String? = nil)
    }

    public init(
        capsule: String? = nil, name: String? = nil, type: String? = nil, chunkSize: UInt64? = nil, parallel: Int = 4,
        derive: String? = nil
    ) {
        self.capsule = capsule
        self.name = name
        self.type = type
        self.chunkSize = chunkSize
        self.parallel = parallel
        self.derive = derive
    }
}

extension PutOptions {
    var companionDocuments: [CompanionDocument]? { companions.isEmpty ? nil : companions }
}

/// The source of an upload.
public enum UploadSource: Hashable, Sendable {
    /// A regular file. A change during the upload is detected and refused.
    case file(LocalPath)
    /// An open descriptor, such as standard input; read to its end, not closed, not resumable.
    case stream(descriptor: Int32, name: String)

    /// A regular file.
    public static func file(path: String) -> UploadSource { .file(LocalPath(path)) }
}
