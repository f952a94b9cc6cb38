import Glibc

/// The lowest frequencies of a channel, by a cosine transform.
struct ThumbHashFrequencies {
    let average: Double
    /// The others from 0 to 1, where 0.5 is none, in the triangle nearest to the average, row by row.
    let values: [Double]
    /// The largest of them before they were scaled.
    let scale: Double

    init(of channel: [Double], width: Int, height: Int, across: Int, down: Int) {
        var found: [Double] = []
        for row in 0..<down {
            let vertical = Self.wave(row, height)
            var column = 0
            while column * down < across * (down - row) {
                let horizontal = Self.wave(column, width)
                var sum = 0.0
                for y in 0..<height {
                    for x in 0..<width { sum += channel[x + y * width] * horizontal[x] * vertical[y] }
                }
                found.append(sum / Double(width * height))
                column += 1
            }
        }
        let scale = found.dropFirst().reduce(0) { max($0, abs($1)) }
        average = found.first ?? 0
        values = found.dropFirst().map { scale > 0 ? 0.5 + 0.5 / scale * $0 : $0 }
        self.scale = scale
    }

    private static func wave(_ frequency: Int, _ length: Int) -> [Double] {
        (0..<length).map { cos(.pi / Double(length) * Double(frequency) * (Double($0) + 0.5)) }
    }
}
