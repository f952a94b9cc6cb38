import Testing
import UploadCore

@testable import WharfCommand

/// Which files of a camera folder belong together.
@Suite struct CameraPlanTests {
    /// The plan as text: a line for each memory, file and system file, by name.
    private func plan(_ names: [String], _ facts: [String: MediaFacts] = [:]) -> [String] {
        let paths = names.map { "/trip/" + $0 }
        let cameraNames = paths.map { CameraName(path: $0) }
        let byNumber = Dictionary(
            uniqueKeysWithValues: names.enumerated().compactMap { number, name in facts[name].map { (number, $0) } })
        // Only those facts are read.
        let asked = Set(CameraPlan.undecided(cameraNames))
        #expect(asked.isSuperset(of: byNumber.keys), "facts that nobody asks for")
        let plan = CameraPlan(cameraNames, facts: byNumber)
        let memories = plan.memories.map { memory in
            ([names[memory.original]] + memory.companions.map { "\($0.kind.name) \(names[$0.file])" })
                .joined(separator: " + ")
        }
        return memories + plan.files.map { "file \(names[$0])" } + plan.system.map { "system \(names[$0])" }
    }

    private func video(_ milliseconds: Int64?, _ identifier: String? = nil) -> MediaFacts {
        MediaFacts(contentIdentifier: identifier, milliseconds: milliseconds)
    }

    @Test(arguments: [
        (["IMG_1.HEIC", "IMG_1.MOV"], ["IMG_1.HEIC + video IMG_1.MOV"]),
        (["IMG_1.MOV", "img_1.jpg"], ["img_1.jpg + video IMG_1.MOV"]),
        (["IMG_1.MOV", "IMG_1.HEIC", "IMG_1.JPG"], ["IMG_1.HEIC + video IMG_1.MOV", "IMG_1.JPG"]),
        (["IMG_1.DNG", "IMG_1.MOV"], ["IMG_1.DNG + video IMG_1.MOV"]),
        (["IMG_1.JPG", "IMG_1.MOV", "IMG_1.DNG"], ["IMG_1.JPG + raw IMG_1.DNG + video IMG_1.MOV"]),
        // A screenshot is no Live Photo.
        (["IMG_1.PNG", "IMG_1.MOV"], ["IMG_1.PNG", "IMG_1.MOV"]),
    ])
    func `a short video beside a picture of its name is that of a Live Photo`(names: [String], expected: [String]) {
        let isAsked = expected.contains { $0.contains("video") }
        #expect(plan(names, isAsked ? ["IMG_1.MOV": video(2_900)] : [:]) == expected)
    }

    @Test(
        arguments: [
            (nil, nil, 6_000, true), (nil, nil, 6_001, false), (nil, nil, 0, false), (nil, nil, nil, false),
            ("A", nil, 2_000, true), (nil, "A", 2_000, true), ("A", nil, 60_000, false),
            ("A", "A", 60_000, true), ("A", "A", nil, true), ("A", "B", 2_000, false),
        ] as [(String?, String?, Int64?, Bool)])
    func `identifiers decide where both state one, otherwise the length of the video`(
        still: String?, movie: String?, milliseconds: Int64?, isLive: Bool
    ) {
        let facts = [
            "IMG_1.HEIC": MediaFacts(contentIdentifier: still), "IMG_1.MOV": video(milliseconds, movie),
        ]
        let expected = isLive ? ["IMG_1.HEIC + video IMG_1.MOV"] : ["IMG_1.HEIC", "IMG_1.MOV"]
        #expect(plan(["IMG_1.HEIC", "IMG_1.MOV"], facts) == expected)
    }

    @Test func `a picture has one video, and each video the picture of its identifier`() {
        #expect(
            plan(["A.HEIC", "A.MOV", "A.MP4"], ["A.MOV": video(2_000), "A.MP4": video(2_000)])
                == ["A.HEIC + video A.MOV", "A.MP4"])
        let facts = [
            "A.HEIC": MediaFacts(contentIdentifier: "1"), "A.JPG": MediaFacts(contentIdentifier: "2"),
            "A.MOV": video(2_000, "2"),
        ]
        #expect(plan(["A.HEIC", "A.JPG", "A.MOV"], facts) == ["A.HEIC", "A.JPG + video A.MOV"])
    }

    @Test(arguments: [
        (["D.JPG", "D.NEF"], ["D.JPG + raw D.NEF"]),
        (["D.CR3", "D.HEIC"], ["D.HEIC + raw D.CR3"]),
        (["D.NEF"], ["D.NEF"]),
        (["D.TIF", "D.NEF"], ["D.TIF", "D.NEF"]),
        (["D.JPG", "D.NEF", "D.XMP"], ["D.JPG + raw D.NEF + sidecar D.XMP"]),
        (["D.NEF", "D.NEF.xmp"], ["D.NEF + sidecar D.NEF.xmp"]),
        (["D.JPG", "E.NEF"], ["D.JPG", "E.NEF"]),
    ])
    func `a raw file belongs to the picture of its name`(names: [String], expected: [String]) {
        #expect(plan(names) == expected)
    }

    @Test(arguments: [
        (["IMG_1.HEIC", "IMG_1.AAE"], ["IMG_1.HEIC + sidecar IMG_1.AAE"]),
        (["IMG_1.MOV", "IMG_1.AAE"], ["IMG_1.MOV + sidecar IMG_1.AAE"]),
        (["IMG_1.AAE"], ["file IMG_1.AAE"]),
        // An edit is a picture of its own; what undoes it stays with the original.
        (["IMG_1.HEIC", "IMG_E1.HEIC", "IMG_O1.AAE"], ["IMG_1.HEIC + sidecar IMG_O1.AAE", "IMG_E1.HEIC"]),
        (["IMG_O1.AAE"], ["file IMG_O1.AAE"]),
    ])
    func `a sidecar belongs to the original of its name`(names: [String], expected: [String]) {
        #expect(plan(names) == expected)
    }

    @Test func `everything else is a file, and what file managers leave is passed over`() {
        let names = [".DS_Store", "._a.jpg", "Thumbs.db", "a.mp4", "b.txt", "c.wav", "d", "desktop.ini", ".hidden"]
        #expect(
            plan(names) == [
                "a.mp4", "file b.txt", "file c.wav", "file d", "file .hidden", "system .DS_Store", "system ._a.jpg",
                "system Thumbs.db", "system desktop.ini",
            ])
    }

    @Test func `files of the same name in other directories do not belong together`() {
        let names = ["/a/IMG_1.JPG", "/b/IMG_1.NEF", "/A/IMG_1.AAE"].map { CameraName(path: $0) }
        let plan = CameraPlan(names, facts: [:])
        #expect(plan.memories.map(\.original) == [0, 1] && plan.memories.allSatisfy { $0.companions.isEmpty })
        #expect(plan.files == [2])
    }

    @Test func `the summary counts what was made and what was there`() {
        var counts = PhotoCounts()
        #expect(counts.summary == "0 memories made.")
        (counts.memoriesMade, counts.withVideo, counts.filesStored) = (1, 1, 1)
        #expect(counts.summary == "1 memory made (1 with a video); 1 other file stored.")
        (counts.memoriesMade, counts.withRaw, counts.memoriesKnown, counts.filesKnown, counts.failed) = (5, 2, 3, 4, 2)
        #expect(
            counts.summary == "5 memories made (1 with a video, 2 with a raw file), 3 there already; "
                + "1 other file stored, 4 there already; 2 files failed.")
    }
}
