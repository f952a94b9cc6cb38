/// What is left after the machine, or only the process, has stopped.
extension SimulatedDisk {
    mutating func restart(losingUnsynced: Bool) {
        if losingUnsynced {
            for directory in directories.indices { directories[directory].losePower(&random) }
            for inode in inodes.indices { inodes[inode].content.losePower(&random) }
        }
        generation += 1
        handles = [:]
        locks = [:]
        isStopped = false
        crashStep = nil
        recount(forgettingUnlinked: losingUnsynced)
    }

    /// Derives from the names which files there are and how much room they take.
    private mutating func recount(forgettingUnlinked: Bool) {
        var linked = Set<Int>()
        var unvisited = [0]
        while let directory = unvisited.popLast() {
            // The order of a dictionary's values decides nothing here.
            for node in directories[directory].entries.values {
                switch node {
                case .file(let inode): linked.insert(inode)
                case .directory(let next): unvisited.append(next)
                }
            }
        }
        usedSectors = 0
        for inode in inodes.indices {
            let isLinked = linked.contains(inode)
            inodes[inode].isLinked = isLinked
            inodes[inode].holdsRoom = isLinked
            inodes[inode].openCount = 0
            if isLinked {
                inodes[inode].isRecoverable = true
                usedSectors += inodes[inode].content.allocatedSectors
            } else if forgettingUnlinked {
                inodes[inode].isRecoverable = false
            }
            releaseIfUnused(inode)
        }
    }
}
