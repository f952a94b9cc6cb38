import UploadCore

/// What a camera folder's files become: memories with their companions, files, and what is left out. Pure.
///
/// Files belong together by their names: the same directory and the same name without the extension, whatever its case.
/// The first picture (HEIC before JPEG) is the original of a memory. A raw file beside it, a sidecar, and the video of
/// a Live Photo are its companions. Other pictures, raw files and videos are originals of memories of their own;
/// everything else is a file.
struct CameraPlan: Hashable, Sendable {
    struct Attachment: Hashable, Sendable {
        let kind: Companion.Kind
        let file: Int
    }

    struct Memory: Hashable, Sendable {
        let original: Int
        var companions: [Attachment] = []
    }

    /// In the order of their originals.
    private(set) var memories: [Memory] = []
    private(set) var files: [Int] = []
    private(set) var system: [Int] = []

    /// The longest video that is taken for that of a Live Photo by its name alone. Those of iPhones have 3 s.
    static let liveMillisecondsMax: Int64 = 6000

    /// - Parameters:
    ///   - names: Of the files.
    ///   - facts: Of those that `undecided` names; missing ones say nothing.
    init(_ names: [CameraName], facts: [Int: MediaFacts]) {
        for (stem, members) in Self.stems(names) { add(stem, members, names, facts) }
        memories.sort { $0.original < $1.original }
        files.sort()
        system.sort()
    }

    /// The files whose facts decide whether they are the two halves of a Live Photo.
    static func undecided(_ names: [CameraName]) -> [Int] {
        stems(names).values.flatMap { members -> [Int] in
            let stills = stills(members, names)
            let videos = members.filter { names[$0].role == .video }
            return stills.isEmpty || videos.isEmpty ? [] : stills + videos
        }.sorted()
    }

    /// The files of each stem. A sidecar joins the stem of the file after which it is named.
    private static func stems(_ names: [CameraName]) -> [String: [Int]] {
        var wholes: [String: String] = [:]
        var stems: Set<String> = []
        for name in names where name.role != .sidecar {
            wholes[name.whole] = name.stem
            stems.insert(name.stem)
        }
        return Dictionary(
            grouping: names.indices,
            by: { number in
                let name = names[number]
                guard name.role == .sidecar, !stems.contains(name.stem) else { return name.stem }
                if let stem = wholes[name.stem] { return stem }
                if let stem = name.stemOfOriginal, stems.contains(stem) { return stem }
                return name.stem
            })
    }

    private mutating func add(
        _ stem: String, _ members: [Int], _ names: [CameraName], _ facts: [Int: MediaFacts]
    ) {
        func all(_ role: CameraName.Role) -> [Int] { members.filter { names[$0].role == role } }
        var found = Self.pictures(members, names).map { Memory(original: $0) }
        let hasCameraPicture = found.first.map { names[$0.original].isCameraPicture } ?? false
        if hasCameraPicture {
            found[0].companions += all(.raw).map { Attachment(kind: .raw, file: $0) }
        } else {
            found += all(.raw).map { Memory(original: $0) }
        }
        let stills = Self.stills(members, names)
        var alone: [Int] = []
        for video in all(.video) {
            let still = stills.first { still in
                let isFree = found.contains { memory in
                    memory.original == still && !memory.companions.contains { $0.kind == .video }
                }
                return isFree && Self.isLive(facts[still], facts[video])
            }
            if let place = found.firstIndex(where: { $0.original == still }) {
                found[place].companions.append(Attachment(kind: .video, file: video))
            } else {
                alone.append(video)
            }
        }
        found += alone.map { Memory(original: $0) }
        if found.isEmpty {
            files += all(.sidecar)
        } else {
            found[0].companions += all(.sidecar).map { Attachment(kind: .sidecar, file: $0) }
        }
        memories += found
        files += all(.other)
        system += all(.system)
    }

    /// The pictures of a stem, those of cameras first.
    private static func pictures(_ members: [Int], _ names: [CameraName]) -> [Int] {
        members.filter { names[$0].role == .picture }.sorted { (names[$0].rank, $0) < (names[$1].rank, $1) }
    }

    /// The originals to which a video may belong: pictures of cameras; without one, raw files.
    private static func stills(_ members: [Int], _ names: [CameraName]) -> [Int] {
        let pictures = pictures(members, names).filter { names[$0].isCameraPicture }
        return pictures.isEmpty ? members.filter { names[$0].role == .raw } : pictures
    }

    /// Where both state an identifier, it decides; otherwise the length of the video.
    private static func isLive(_ still: MediaFacts?, _ video: MediaFacts?) -> Bool {
        if let one = still?.contentIdentifier, let other = video?.contentIdentifier { return one == other }
        guard let milliseconds = video?.milliseconds else { return false }
        return (1...liveMillisecondsMax).contains(milliseconds)
    }
}
