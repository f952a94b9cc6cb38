import HTTPTypes
import NIOCore
import TusWire
import UploadClient

extension TusCalls {
    /// Asks for everything that was promised. What was left in the middle is brought to its end: bytes that were acknowledged
    /// and are not there would show in the whole.
    func verify() async throws {
        for (path, upload) in promises.uploads {
            switch upload.state {
            case .open, .finished:
                try await complete(path, upload.content)
                if !upload.isPart { try await read(path, nil, of: upload.content) }
            case .maybeDeleted: break
            case .deleted:
                _ = try await calls.answer([410]) { try await $0.send(.head, path, fields: Self.version) }
            }
        }
    }

    private func complete(_ path: String, _ content: Content) async throws {
        let status = try await status(of: path)
        guard let offset = status.offset else { return ledger.violation("\(path) is not assembled") }
        guard offset < content.length || status.isDeferred else { return }
        _ = try await patch(
            path, at: offset, content[offset..<content.length], length: content.length, .checked(.sha256))
        if try await self.status(of: path).offset != content.length { ledger.violation("\(path) cannot be finished") }
    }
}
