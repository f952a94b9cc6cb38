import Crypto
import SessionCore
import UploadCore
import Wharf

@main
struct EngineBench {
    static func main() async throws {
        let store = try await EmbeddedStore(directory: "/tmp/dsk/s")
        await store.close()
    }
}
