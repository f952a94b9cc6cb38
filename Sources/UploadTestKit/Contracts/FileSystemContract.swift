public import DurableFiles

/// The laws of `FileSystem` that hold while nothing fails, for any implementation.
///
/// What survives a crash cannot be asked of a real disk: the fault model of `SimulatedFileSystem` stands for it.
public struct FileSystemContract<Files: FileSystem> {
    private let makeEmpty: () throws -> Files

    /// - Parameter makeEmpty: a file system with nothing in it, one for each law.
    public init(makeEmpty: @escaping () throws -> Files) {
        self.makeEmpty = makeEmpty
    }

    /// Tries every law, also after one is broken.
    public func violations() -> [ContractViolation] {
        laws.compactMap { law -> ContractViolation? in
            do {
                try law(makeEmpty())
                return nil
            } catch let violation as ContractViolation {
                return violation
            } catch {
                return ContractViolation("A call that has to succeed failed: \(error)")
            }
        }
    }

    private var laws: [(Files) throws -> Void] {
        [
            writtenBytesAreRead, writesOverlapAndExtend, readsEndWithTheFile, emptyWritesChangeNothing,
            largeWritesArriveWhole, truncationCutsAndExtends, syncsSucceed, onlyCreatingModesCreate,
            readOnlyFilesAreNotWritten, namesAreListedByDirectory, directoriesAreMadeOnce, missingNamesAreNotFound,
            removalLeavesOpenFiles, renamingReplaces, locksExclude, closingTwiceIsHarmless,
        ]
    }
}
