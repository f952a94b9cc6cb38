public import NativeWire

extension UploadClient {
    /// Uploads a file or a stream and returns what it became, once the server has verified its length and its SHA-256.
    ///
    /// A file is resumed: what `resume` remembers of it is continued, chunks that the server has are not sent again, and
    /// cancellation or a crash leaves an upload that the next call goes on with. What changed since is begun anew. A stream
    /// is uploaded with at most `parallel` chunks in memory.
    ///
    /// - Parameters:
    ///   - resume: Where unfinished uploads are remembered; nil to remember nothing.
    ///   - onProgress: Called often, by several tasks at once; it must not block.
    /// - Throws: `ClientError`: `content_changed` if the source changed meanwhile, `local_file`, `unreachable`, or a code of
    ///   the server's; `CancellationError`.
    public func put(
        _ source: UploadSource, options: PutOptions = PutOptions(), resume: ResumeStore? = nil,
        onProgress: @escaping @Sendable (TransferProgress) -> Void = { _ in }
    ) async throws -> FinishedDocument {
        let meter = ProgressMeter(onProgress: onProgress)
        switch source {
        case .file(let path):
            let file = try await LocalFile.open(path, on: pool)
            return try await FileUpload(client: self, file: file, options: options, resume: resume, meter: meter).run()
        case .stream(let descriptor, let name):
            let reader = StreamReader(descriptor: descriptor, name: name)
            return try await StreamUpload(client: self, options: options, meter: meter).run(reader)
        }
    }
}
