/// Divides files into requests: small files share one, a large file has its own. Pure.
package enum PutGroups {
    /// Files up to this size are read into memory and sent whole.
    package static let smallBytesMax: UInt64 = 1 << 20
    /// The most bytes of files in one request.
    package static let groupBytesMax: UInt64 = 8 << 20
    /// The most bytes of files in all requests at once, which bounds the memory of many parallel ones.
    package static let memoryBytesMax: UInt64 = 64 << 20

    /// - Parameters:
    ///   - sizes: Of the files, in bytes; nil for one that has to be sent alone.
    ///   - filesMax: The most files of one group; at least 1.
    ///   - parallel: Groups in memory at once; at least 1.
    /// - Returns: The numbers of the files of each group, ascending; the groups in the order of their first files.
    package static func groups(_ sizes: [UInt64?], filesMax: Int, parallel: Int = 1) -> [[Int]] {
        let bytesMax = max(smallBytesMax, min(groupBytesMax, memoryBytesMax / UInt64(max(1, parallel))))
        var groups: [[Int]] = []
        /// The group that still takes files.
        var open: (place: Int, bytes: UInt64)?
        for (number, size) in sizes.enumerated() {
            guard let size, size <= smallBytesMax else {
                groups.append([number])
                continue
            }
            if let (place, bytes) = open, groups[place].count < filesMax, bytes + size <= bytesMax {
                groups[place].append(number)
                open = (place, bytes + size)
            } else {
                groups.append([number])
                open = (groups.count - 1, size)
            }
        }
        return groups
    }
}
