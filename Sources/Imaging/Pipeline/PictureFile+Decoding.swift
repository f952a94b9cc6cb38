import CVips
import ImagingWire

extension PictureFile {
    /// How a decoder treats the end of a file.
    private enum Strictness {
        /// A truncated file is an error.
        case truncated
        /// So is anything that the decoder remarks on.
        case remark
        /// What can be decoded is a picture.
        case nothing

        var name: String {
            switch self {
            case .truncated: "truncated"
            case .remark: "warning"
            case .nothing: "none"
            }
        }
    }

    private struct Attempt {
        var strictness = Strictness.truncated
        var usesProfile: Bool
        /// In place of the file: the same with an end that it lacks.
        var completed: VipsFile?
        var notes: [PictureNote] = []
    }

    /// The upright picture in 8-bit sRGB with three or four bands and a longer edge of at most `edge`, and what is to be
    /// said about it. It is computed.
    ///
    /// - Throws: `.problem`.
    func rendered(edge: UInt32) throws(ImagingError) -> (picture: VipsPicture, notes: [PictureNote]) {
        let end = format == .jpeg ? JPEGEnd(source) : nil
        let usesProfile = isManaged && (!hasProfile || profileFits)
        let profileNotes: [PictureNote] = hasProfile && !profileFits ? [.profileUnused] : []
        var attempts = [Attempt(usesProfile: usesProfile, notes: profileNotes)]
        if let end, end.hasTrailingZeros, !end.hasEndMarker { attempts[0].notes.append(.incomplete) }
        if let end, !end.hasEndMarker, let whole = completed(end) {
            attempts.append(
                Attempt(strictness: .remark, usesProfile: usesProfile, completed: whole, notes: profileNotes))
        }
        attempts.append(
            Attempt(
                strictness: .nothing, usesProfile: usesProfile, completed: endedPNG,
                notes: profileNotes + [.incomplete]))
        if usesProfile, hasProfile {
            attempts.append(Attempt(usesProfile: false, notes: [.profileUnused]))
            attempts.append(
                Attempt(strictness: .nothing, usesProfile: false, notes: [.profileUnused, .incomplete]))
        }
        for attempt in attempts {
            guard let picture = try? rendered(attempt, edge: edge) else { continue }
            let decoded = origin.isComplete ? [] : [PictureNote.incomplete]
            let toneMapped: [PictureNote] = screenColours?.isToneMapped == true ? [.toneMapped] : []
            return (picture, notes + attempt.notes + decoded + toneMapped)
        }
        throw ImagingError.problem(
            heif?.isCutOff == true || FileEnd.isEarly(format, source) ? .incomplete(format) : .undecodable(format))
    }

    private static let completedBytesMax = 256 << 20

    /// The file with the end marker that it lacks; nil if more is missing.
    private func completed(_ end: JPEGEnd) -> VipsFile? {
        guard !end.hasTrailingZeros, source.count <= Self.completedBytesMax else { return nil }
        let bytes = source.upTo(source.count, at: 0) + [0xff, 0xd9]
        guard !header.flag("jpeg-multiscan") || JPEGEnd.hasAllScans(bytes) else { return nil }
        return try? VipsFile(bytes)
    }

    private var endedPNG: VipsFile? {
        guard format == .png, source.count <= Self.completedBytesMax else { return nil }
        return PNGRepair.ended(source).flatMap { try? VipsFile($0) }
    }

    // MARK: - One attempt

    private func rendered(_ attempt: Attempt, edge: UInt32) throws(VipsError) -> VipsPicture {
        var picture = try loaded(attempt, edge: edge)
        if let orientation { picture = try picture.with("orientation", orientation) }
        picture = try corrected(picture)
        if !attempt.usesProfile, hasProfile { picture = try picture.without("icc-profile-data") }
        picture = try picture.reduced(to: edge, profileIntent: attempt.usesProfile ? intent : nil)
        return try inScreenColours(picture).asPlainRGB().rendered()
    }

    private func loaded(_ attempt: Attempt, edge: UInt32) throws(VipsError) -> VipsPicture {
        guard case .loader(let name, let file) = origin else {
            return try VipsCall("copy", [("in", .picture(header))]).output()
        }
        var load = VipsCall(
            name,
            [
                ("source", .file(attempt.completed ?? file)), ("access", .text("sequential")),
                ("fail-on", .text(attempt.strictness.name)),
            ])
        let (longer, shorter) = (max(header.width, header.height), min(header.width, header.height))
        if isJPEG { load.set("shrink", "\(Self.jpegShrink(from: longer, shorter, to: Int(edge)))") }
        if format == .webP, longer > edge {
            // libwebp scales to whole pixels, of which there must be one.
            load.set("scale", "\(max(Double(edge) / Double(longer), 1 / Double(shorter)))")
        }
        return try load.output()
    }

    /// The factor by which the decoder shrinks while decoding. libvips does so by itself only from a factor of four, and
    /// fails where less than a pixel would be left.
    private static func jpegShrink(from longer: Int, _ shorter: Int, to edge: Int) -> Int {
        [8, 4, 2].first { longer / $0 >= edge && shorter / $0 >= 1 } ?? 1
    }

    // MARK: - Profiles

    private var hasProfile: Bool { header.has("icc-profile-data") }
    private var isCMYK: Bool { vips_image_guess_interpretation(header.image) == VIPS_INTERPRETATION_CMYK }

    /// Whether there is something to convert from: without a profile, the conversion would change pictures that are sRGB
    /// already.
    private var isManaged: Bool { hasProfile || isCMYK }

    private var profile: ColourProfile? { header.bytes("icc-profile-data").flatMap { ColourProfile($0) } }

    private var profileFits: Bool {
        let colours = isCMYK ? 4 : header.bands < 3 ? 1 : 3
        return profile?.fits(colours: colours) ?? false
    }

    private var intent: String { profile?.intent ?? "relative" }
}

extension PictureFile.Origin {
    fileprivate var isComplete: Bool {
        if case .pixels(_, let isComplete) = self { isComplete } else { true }
    }
}
