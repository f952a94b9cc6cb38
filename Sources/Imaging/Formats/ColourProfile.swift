/// The head and the tags of an ICC profile (ICC.1:2022, 7.2 and 7.3).
struct ColourProfile {
    /// The signature of its colour space, such as `RGB `.
    private let space: String
    private let tags: Set<String>

    /// nil for bytes that are no profile.
    init?(_ bytes: [UInt8]) {
        let source = ByteSource(bytes)
        guard let signature = source.text(at: 36, count: 4), signature == "acsp",
            let space = source.text(at: 16, count: 4), let count = source.number(at: 128, bytes: 4)
        else { return nil }
        self.space = space
        tags = Set((0..<min(count, 200)).compactMap { source.text(at: 132 + $0 * 12, count: 4) })
    }

    /// Whether it describes pictures with so many colours, without alpha.
    func fits(colours: Int) -> Bool {
        switch space {
        case "GRAY": colours == 1
        case "RGB ", "Lab ", "YCbr", "HSV ", "XYZ ": colours == 3
        case "CMYK": colours == 4
        default: false
        }
    }

    /// The rendering intent for which it has a table, as libvips names it. The tables of the others fall back to that of
    /// perceptual intent (7.3 and 8.2), but libvips takes a profile without the one that is asked for as unusable.
    var intent: String {
        if !tags.contains("A2B1"), tags.contains("A2B0") { return "perceptual" }
        if !tags.contains("A2B1"), tags.contains("A2B2") { return "saturation" }
        return "relative"
    }
}
