/// Which pixels of a mask picture are the object, and what was assumed: the rule of <doc:Masks>, written once.
struct MaskChoice {
    /// Whether a pixel is the object.
    var isObject: (MaskSample) -> Bool
    /// What whoever reads the result should know.
    var remarks: [String] = []

    /// The largest value that a class beside the void value 255 has in a grey label map; brighter ones are shades.
    static let largestClass = 99

    init(_ rule: MaskRule, _ info: PictureInfo, _ statistics: MaskStatistics, file: String) throws(ImageError) {
        let sampler = MaskSampler(info)
        let index = IndexMap(info, sampler, statistics)
        switch rule {
        case .automatic:
            self = Self.automatic(info, sampler, statistics, index)
        case .nonzero:
            isObject = index.isMap ? { $0.value != 0 } : { $0.key != 0 }
        case .threshold(let threshold):
            let peak = sampler.peak
            isObject = { $0.brightness * 255 >= Int(threshold) * peak }
        case .value(let value):
            isObject = try Self.picks(value, info, sampler, statistics, file)
        }
    }

    private init(remarks: [String] = [], _ isObject: @escaping (MaskSample) -> Bool) {
        self.isObject = isObject
        self.remarks = remarks
    }

    private static func automatic(
        _ info: PictureInfo, _ sampler: MaskSampler, _ statistics: MaskStatistics, _ index: IndexMap
    ) -> MaskChoice {
        let brightest = statistics.brightest
        if brightest == 0 && statistics.opaque > 0 && statistics.transparent > 0 {
            let peak = sampler.peak
            let remark = "all that can be seen is black; what is not transparent is taken as the object"
            return MaskChoice(remarks: [remark]) { $0.alpha * 2 > peak }
        }
        let isSoft = info.isLossy || index.isQuantised || (index.mayBeShades && Self.isSoft(info, sampler, statistics))
        var choice =
            if isSoft {
                soft(info, brightest)
            } else if index.isMap {
                values(info, statistics.values.keys.sorted(), isColored: !index.mayBeShades) { $0.value }
            } else if statistics.colored == 0 {
                values(info, statistics.shades, isColored: false) { $0.brightness }
            } else {
                colors(sampler, statistics)
            }
        if index.lacksBlack { choice.remarks.insert("no colour is black: index 0 is taken as the background", at: 0) }
        if let remark = photo(sampler, statistics, isSoft: isSoft) { choice.remarks.append(remark) }
        return choice
    }

    /// Whether values between black and the brightest stand on edges, as antialiasing and blur make them, rather than in areas.
    private static func isSoft(_ info: PictureInfo, _ sampler: MaskSampler, _ statistics: MaskStatistics) -> Bool {
        let (brightest, between) = (statistics.brightest, statistics.between)
        let hasShades = statistics.variety > 16 || brightest * 2 >= sampler.peak
        if between.count > 0 { return hasShades && between.edges * 2 > between.count }
        // A lossy picture that was saved again: noise near black and near white, and nothing between.
        guard sampler.peak == 255 && brightest >= 240 else { return false }
        let noise = statistics.count[1...31].contains { $0 > 0 }
        return noise && statistics.count[224..<brightest].contains { $0 > 0 }
    }

    private static func soft(_ info: PictureInfo, _ brightest: Int) -> MaskChoice {
        let reason = info.isLossy ? "a JPEG, which changes values at edges" : "soft edges"
        let faint = info.isLossy && brightest < 32 ? "; that is nearly black, save the mask as PNG" : ""
        let remark = "\(reason); pixels of at least half of the brightest (\(brightest)) are the object\(faint)"
        return MaskChoice(remarks: [remark]) { $0.brightness * 2 >= brightest && $0.brightness > 0 }
    }

    /// Class indices, ids, or the two values of a plain mask; `all` are in ascending order.
    private static func values(
        _ info: PictureInfo, _ all: [Int], isColored: Bool, _ value: @escaping (MaskSample) -> Int
    ) -> MaskChoice {
        var present = all.filter { $0 != 0 }
        let void = Int(LabelMap.ignore)
        let hasVoid = info.bits <= 8 && present.count > 1 && present.last == void
        let isVoid = hasVoid && (isColored || present.dropLast().allSatisfy { $0 <= largestClass })
        if isVoid { present.removeLast() }
        let note = isVoid ? ", and 255 is void" : ""
        var remarks: [String] = []
        if present.count > 1 {
            remarks = ["\(present.count) values, \(listed(present.map(String.init))): all are the object\(note); \(Self.advice)"]
        } else if isVoid {
            remarks = ["the value \(listed(present.map(String.init))) is the object\(note); \(Self.advice)"]
        }
        return MaskChoice(remarks: remarks) { value($0) != 0 && !(isVoid && value($0) == void) }
    }

    private static func colors(_ sampler: MaskSampler, _ statistics: MaskStatistics) -> MaskChoice {
        let voc = ColorMap.vocColor(Int(LabelMap.ignore)).map(Int.init)
        let void = MaskSample(value: 0, red: voc[0], green: voc[1], blue: voc[2], alpha: 255).key
        let isVoid = sampler.peak == 255 && statistics.colors.count > 1 && statistics.colors.contains(void)
        let present = statistics.colors.filter { !(isVoid && $0 == void) }.sorted()
        let note = isVoid ? ", and PASCAL VOC's void colour is void" : ""
        var remarks: [String] = []
        if present.count > MaskStatistics.colorLimit {
            remarks = ["more than \(MaskStatistics.colorLimit) colours: all that is not black is the object\(note)"]
        } else if present.count > 1 || isVoid {
            let names = listed(present.map { sampler.color($0).description })
            remarks = ["\(present.count) colours, \(names): all are the object\(note); \(Self.advice)"]
        }
        return MaskChoice(remarks: remarks) { $0.key != 0 && !(isVoid && $0.key == void) }
    }

    /// Whether a picture holds what masks hold, rather than a photo.
    static func looksLikeMask(_ info: PictureInfo, _ statistics: MaskStatistics) -> Bool {
        let sampler = MaskSampler(info)
        let isSoft = isSoft(info, sampler, statistics)
        return photo(sampler, statistics, isSoft: isSoft) == nil && (isSoft || statistics.colors.count <= 32)
    }

    private static func photo(_ sampler: MaskSampler, _ statistics: MaskStatistics, isSoft: Bool) -> String? {
        let isColorful = statistics.colored * 20 > statistics.pixels && statistics.colors.count > MaskStatistics.colorLimit
        let isGrey = statistics.between.count * 4 > statistics.pixels && (isSoft || statistics.variety > 100)
        guard isColorful || isGrey else { return nil }
        return "most pixels are neither background nor object, as in a photo; check that this is the mask"
    }

    private static func picks(
        _ value: MaskValue, _ info: PictureInfo, _ sampler: MaskSampler, _ statistics: MaskStatistics, _ file: String
    ) throws(ImageError) -> (MaskSample) -> Bool {
        func problem(_ found: String, _ expected: String, _ advice: String) -> ImageError {
            ImageError(kind: .unsupported, file: file, found: found, expected: expected, advice: advice)
        }
        guard !info.isLossy else {
            throw problem("a JPEG", "a PNG whose values are \(value) and others", "save the mask as PNG, without loss")
        }
        let colors = statistics.colors.sorted().map { sampler.color($0).description }
        switch value {
        case .index(let number):
            guard info.color != .rgb else {
                throw problem(
                    "an RGB PNG", "a palette or grey PNG for the value \(number)", "name a colour: \(Self.listed(colors))")
            }
            let present = statistics.values.keys.sorted()
            guard present.contains(number) else {
                throw problem(
                    "no pixel of the value \(number)", "one of \(Self.listed(present.map(String.init)))", "choose another value")
            }
            return { $0.value == number && $0.alpha > 0 }
        case .color:
            guard statistics.colors.contains(where: { sampler.color($0) == value }) || value == .color(red: 0, green: 0, blue: 0)
            else { throw problem("no pixel of the colour \(value)", "one of \(Self.listed(colors))", "choose another colour") }
            return { sampler.color($0.key) == value && $0.alpha > 0 }
        }
    }

    private static let advice = "--mask-value picks one"

    /// The first names of many.
    private static func listed(_ names: [String]) -> String {
        if names.count > 8 { return names.prefix(8).joined(separator: ", ") + " and \(names.count - 8) more" }
        guard let last = names.last, names.count > 1 else { return names.first ?? "none" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}

/// Whether the indices of a palette are the values, or its colours.
private struct IndexMap {
    /// Indices decide: entry 0 is black, as label maps have it, or colours cannot tell, because none that occurs is black.
    var isMap = false
    /// Values may be shades of one thing. The colours of a label map are not, whatever their brightness.
    var mayBeShades = true
    /// Indices decide for want of black.
    var lacksBlack = false
    /// Greys without black, as programs leave them that reduce a picture to a few colours.
    var isQuantised = false

    init(_ info: PictureInfo, _ sampler: MaskSampler, _ statistics: MaskStatistics) {
        guard info.color == .palette, let background = sampler.table.first else { return }
        let used = statistics.values.keys.map { sampler.table[$0] }
        let isGrey = used.allSatisfy { $0.chroma <= sampler.peak / 32 } && Set(used.map(\.key)).count == used.count
        // A transparent entry counts as index 0, and as black.
        let hasBlack = background.key == 0 || statistics.count[0] > 0 || used.count == 1
        isQuantised = !hasBlack && isGrey
        lacksBlack = !hasBlack && !isGrey
        isMap = background.key == 0 || lacksBlack
        mayBeShades = !isMap || isGrey
    }
}

extension MaskSampler {
    /// A colour of a file in 8 bits a channel.
    func color(_ key: UInt64) -> MaskValue {
        func channel(_ shift: UInt64) -> UInt8 { UInt8((Int(key >> shift & 0xFFFF) * 255 + peak / 2) / peak) }
        return .color(red: channel(32), green: channel(16), blue: channel(0))
    }
}
