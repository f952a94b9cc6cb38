import CSQLite
import DurableFiles

/// What lies in the memory that SQLite gives each open file. SQLite reads `base`, which therefore comes first.
struct VFSOpenFile {
    private var base: sqlite3_file
    /// A retained `Box`, until `take`.
    private var box: UnsafeMutableRawPointer

    private final class Box {
        let file: any VFSFile

        init(_ file: any VFSFile) {
            self.file = file
        }
    }

    static func install(_ file: any VFSFile, at memory: UnsafeMutablePointer<sqlite3_file>) {
        let box = Unmanaged.passRetained(Box(file)).toOpaque()
        UnsafeMutableRawPointer(memory).initializeMemory(
            as: VFSOpenFile.self, to: VFSOpenFile(base: sqlite3_file(pMethods: VFSFileCallbacks.methods), box: box))
    }

    static func file(_ memory: UnsafeMutablePointer<sqlite3_file>?) -> (any VFSFile)? {
        guard let memory else { return nil }
        let box = UnsafeRawPointer(memory).load(as: VFSOpenFile.self).box
        return Unmanaged<Box>.fromOpaque(box).takeUnretainedValue().file
    }

    /// The file, for the last time.
    static func take(_ memory: UnsafeMutablePointer<sqlite3_file>?) -> (any VFSFile)? {
        guard let memory else { return nil }
        let box = UnsafeRawPointer(memory).load(as: VFSOpenFile.self).box
        memory.pointee.pMethods = nil
        return Unmanaged<Box>.fromOpaque(box).takeRetainedValue().file
    }
}
