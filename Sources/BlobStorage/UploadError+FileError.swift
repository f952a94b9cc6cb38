import DurableFiles
import UploadCore

extension UploadError {
    /// What a failed call on an object's file means to the caller. Nothing counts that was not durable before.
    init(_ error: FileError) {
        switch error.code {
        case .noSpace: self.init(.storeFull)
        // Whoever opens without creating expects the file to be there.
        case .notFound: self.init(.storeCorrupt(detail: error.description))
        case .locked, .permission, .tooManyOpenFiles, .io, .invalid, .other, .crashed:
            self.init(.unavailable(detail: error.description))
        }
    }

    static func translating(_ body: () async throws(FileError) -> Void) async throws(UploadError) {
        do throws(FileError) {
            try await body()
        } catch {
            throw UploadError(error)
        }
    }

    static func translating<Value>(_ body: () throws(FileError) -> Value) throws(UploadError) -> Value {
        do throws(FileError) {
            return try body()
        } catch {
            throw UploadError(error)
        }
    }
}
