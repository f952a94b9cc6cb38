import DurableFiles
import UploadCore

extension FileSystem {
    /// As `syncData`, and tells an observer, if there is one, how it went.
    func syncData(_ file: File, telling observer: (any StoreObserver)?) throws(FileError) {
        guard let observer else {
            try syncData(file)
            return
        }
        let stopwatch = Stopwatch()
        var succeeded = false
        defer { observer.dataSynced(nanoseconds: stopwatch.nanoseconds, succeeded: succeeded) }
        try syncData(file)
        succeeded = true
    }
}
