/// One pixel of a mask picture, transparency resolved.
struct MaskSample: Equatable {
    /// Palette index, or grey value; 0 in a picture of colours.
    var value: Int
    /// The colour over black, 0 to the peak of the file's bits; the same three numbers for grey.
    var red: Int
    var green: Int
    var blue: Int
    /// 0 to the peak of the file's bits.
    var alpha: Int

    /// The largest channel.
    var brightness: Int { max(red, green, blue) }
    /// The distance of the largest from the smallest channel.
    var chroma: Int { max(red, green, blue) - min(red, green, blue) }
    /// The colour as one number.
    var key: UInt64 { UInt64(red) << 32 | UInt64(green) << 16 | UInt64(blue) }
}

/// Takes pixels out of the rows of a picture.
struct MaskSampler {
    /// What the header says.
    let info: PictureInfo
    /// The largest value of a channel: 255 for palettes and 8 bits, 65535 for 16, 1 for one bit.
    let peak: Int
    /// What each value is, where there are few of them: palettes, and grey of at most 8 bits without alpha.
    let table: [MaskSample]

    init(_ info: PictureInfo) {
        self.info = info
        let isPalette = info.color == .palette
        // Grey below 8 bits comes unscaled, unless a transparent value made an alpha channel of it.
        let bits = isPalette || info.channels > 1 ? max(info.bits, 8) : info.bits
        peak = (1 << bits) - 1
        guard info.pixelBytes == 1 else {
            table = []
            return
        }
        table = (0..<256).map { value in
            guard isPalette else { return MaskSample(value: value, red: value, green: value, blue: value, alpha: 255) }
            guard value * 4 + 3 < info.palette.count else {
                return MaskSample(value: value, red: 0, green: 0, blue: 0, alpha: 255)
            }
            let color = info.palette[(value * 4)..<(value * 4 + 4)].map(Int.init)
            return Self.composited(value, color[0], color[1], color[2], color[3], peak: 255)
        }
    }

    /// Fills `samples` with the pixels of a row.
    func read(_ row: UnsafePointer<UInt8>, into samples: inout [MaskSample]) {
        if !table.isEmpty {
            for x in samples.indices { samples[x] = table[Int(row[x])] }
            return
        }
        let isWide = info.pixelBytes > info.channels
        let hasColor = info.channels > 2
        for x in samples.indices {
            let pixel = x * info.channels
            func channel(_ index: Int) -> Int {
                guard isWide else { return Int(row[pixel + index]) }
                return Int(UnsafeRawPointer(row).loadUnaligned(fromByteOffset: (pixel + index) * 2, as: UInt16.self))
            }
            let (red, green, blue) = hasColor ? (channel(0), channel(1), channel(2)) : (channel(0), channel(0), channel(0))
            let hasAlpha = info.channels == 2 || info.channels == 4
            let alpha = hasAlpha ? channel(info.channels - 1) : peak
            samples[x] = Self.composited(hasColor ? 0 : red, red, green, blue, alpha, peak: peak)
        }
    }

    /// Lays a colour over black; what cannot be seen has no value either.
    private static func composited(
        _ value: Int, _ red: Int, _ green: Int, _ blue: Int, _ alpha: Int, peak: Int
    ) -> MaskSample {
        if alpha == peak { return MaskSample(value: value, red: red, green: green, blue: blue, alpha: alpha) }
        func over(_ channel: Int) -> Int { (channel * alpha + peak / 2) / peak }
        return MaskSample(value: alpha == 0 ? 0 : value, red: over(red), green: over(green), blue: over(blue), alpha: alpha)
    }
}
