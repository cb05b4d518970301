import Foundation
import TensorCore
import Testing

@testable import Datasets

/// A hard object, the same with soft edges, and two classes, to be written in every container.
private enum Drawing {
    static let (height, width) = (24, 30)

    /// Two rectangles.
    static let hard = BinaryMask(height: height, width: width) { x, y in
        (4..<12).contains(x) && (5..<18).contains(y) || (18..<26).contains(x) && (8..<15).contains(y)
    }

    /// 255 inside, and the means of nine pixels at edges.
    static let soft: [Int] = (0..<(height * width)).map { pixel in
        let (x, y) = (pixel % width, pixel / width)
        var sum = 0
        for row in max(0, y - 1)...min(height - 1, y + 1) {
            for column in max(0, x - 1)...min(width - 1, x + 1) where hard.values[row * width + column] { sum += 255 }
        }
        return sum / 9
    }

    /// Where the soft drawing is at least half as bright as at its brightest.
    static let half = BinaryMask(height: height, width: width, values: soft.map { $0 * 2 >= 255 })

    /// 0 outside, `left` in one rectangle, `right` in the other.
    static func classes(_ left: Int, _ right: Int) -> [Int] {
        hard.values.enumerated().map { $1 ? ($0 % width < 15 ? left : right) : 0 }
    }

    /// The pixels of the left rectangle.
    static let left = BinaryMask(height: height, width: width, values: classes(1, 0).map { $0 == 1 })

    static func read(_ writer: PictureWriter, _ samples: [Int], _ rule: MaskRule = .automatic) throws -> MaskReading {
        try MaskReading.read(writer.png(height: height, width: width, samples), file: "m.png", rule: rule)
    }

    static func grey(_ samples: [Int], _ rule: MaskRule = .automatic) throws -> MaskReading {
        try read(PictureWriter(kind: .grey), samples, rule)
    }

    static func rgb(_ samples: [Int], colors: [[Int]] = []) throws -> MaskReading {
        try read(PictureWriter(kind: .rgb), samples.flatMap { colors.isEmpty ? [$0, $0, $0] : colors[$0] })
    }
}

@Suite("Mask pictures")
struct MaskPictureTests {
    private let ones = Drawing.hard.values.map { $0 ? 1 : 0 }
    private let black: [UInt8] = [0, 0, 0]
    private let white: [UInt8] = [255, 255, 255]

    private func expectPlain(_ writer: PictureWriter, _ samples: [Int], _ name: String) throws {
        let reading = try Drawing.read(writer, samples)
        #expect(reading.mask == Drawing.hard, "\(name)")
        #expect(reading.remarks == [], "\(name)")
    }

    @Test("A plain mask is the same in every container, without a remark")
    func containers() throws {
        for bits in [1, 2, 4, 8, 16] as [UInt8] {
            try expectPlain(PictureWriter(kind: .grey, bits: bits), ones, "grey of \(bits) bits, 0 and 1")
            let peak = 1 << Int(bits) - 1
            try expectPlain(PictureWriter(kind: .grey, bits: bits), ones.map { $0 * peak }, "grey of \(bits) bits")
        }
        for bits in [1, 2, 4, 8] as [UInt8] {
            try expectPlain(
                PictureWriter(kind: .palette, bits: bits, palette: [black, [128, 0, 0]]), ones, "palette, \(bits) bits")
            let inverted = PictureWriter(kind: .palette, bits: bits, palette: [white, black])
            try expectPlain(inverted, ones.map { 1 - $0 }, "white at entry 0, \(bits) bits")
        }
        try expectPlain(PictureWriter(kind: .palette, palette: [[255, 0, 0], black]), ones.map { 1 - $0 }, "red at entry 0")
        try expectPlain(PictureWriter(kind: .palette, palette: [black, black]), ones, "a palette without colours")
        let clear = PictureWriter(kind: .palette, palette: [white, white], transparency: [0])
        try expectPlain(clear, ones, "a palette whose entry 0 is transparent")
        let clearLast = PictureWriter(kind: .palette, palette: [white, white], transparency: [255, 0])
        try expectPlain(clearLast, ones.map { 1 - $0 }, "a palette whose entry 1 is transparent")
        try expectPlain(PictureWriter(kind: .grey, transparency: [0, 9]), ones.map { $0 == 1 ? 255 : 9 }, "grey, 9 transparent")
        let key = PictureWriter(kind: .rgb, transparency: [0, 9, 0, 8, 0, 7])
        try expectPlain(key, ones.flatMap { $0 == 1 ? [200, 0, 0] : [9, 8, 7] }, "RGB, one colour transparent")
        for bits in [8, 16] as [UInt8] {
            let peak = bits == 8 ? 255 : 65535
            try expectPlain(
                PictureWriter(kind: .greyAlpha, bits: bits), ones.flatMap { [peak, $0 * peak] }, "white, alpha \(bits)")
            try expectPlain(
                PictureWriter(kind: .rgba, bits: bits), ones.flatMap { [peak, 0, 0, $0 * peak] }, "red, alpha \(bits)")
            try expectPlain(PictureWriter(kind: .rgba, bits: bits), ones.flatMap { [0, $0 * peak, 0, peak] }, "opaque \(bits)")
            try expectPlain(PictureWriter(kind: .rgb, bits: bits), ones.flatMap { [$0, $0, $0] }, "RGB \(bits), 0 and 1")
        }
    }

    @Test("Black on transparent ground is the object, and a remark says so")
    func blackOnTransparent() throws {
        for (kind, color) in [(PictureWriter.Kind.greyAlpha, [0]), (.rgba, [0, 0, 0])] {
            let reading = try Drawing.read(PictureWriter(kind: kind), ones.flatMap { color + [$0 * 255] })
            #expect(reading.mask == Drawing.hard)
            #expect(reading.remarks.count == 1 && reading.remarks[0].contains("black"))
        }
    }

    @Test("Ids of 16 bits are never scaled", arguments: [(100, 1000), (1, 2), (127, 128), (255, 300), (7, 60000)])
    func ids(_ left: Int, _ right: Int) throws {
        let reading = try Drawing.read(PictureWriter(kind: .grey, bits: 16), Drawing.classes(left, right))
        #expect(reading.mask == Drawing.hard)
        #expect(reading.remarks.count == 1)
        #expect(reading.remarks[0].contains("\(left) and \(right)"))
        let one = try Drawing.read(PictureWriter(kind: .grey, bits: 16), Drawing.classes(left, right), .value(.index(left)))
        #expect(one.mask == Drawing.left && one.remarks == [])
    }

    @Test("Soft edges count from half of the brightest in every container")
    func soft() throws {
        let samples = Drawing.soft
        let ramp = (0..<256).map { [UInt8($0), UInt8($0), UInt8($0)] }
        let readings: [(String, MaskReading)] = [
            ("grey", try Drawing.grey(samples)),
            ("RGB", try Drawing.rgb(samples)),
            ("red", try Drawing.read(PictureWriter(kind: .rgb), samples.flatMap { [$0, 0, 0] })),
            ("alpha", try Drawing.read(PictureWriter(kind: .greyAlpha), samples.flatMap { [255, $0] })),
            ("RGBA", try Drawing.read(PictureWriter(kind: .rgba), samples.flatMap { [0, 255, 0, $0] })),
            ("16 bits", try Drawing.read(PictureWriter(kind: .grey, bits: 16), samples.map { $0 * 257 })),
            ("palette of greys", try Drawing.read(PictureWriter(kind: .palette, palette: ramp), samples)),
            (
                "palette from white",
                try Drawing.read(
                    PictureWriter(kind: .palette, palette: ramp.reversed()), samples.map { 255 - $0 })
            ),
            ("a faint one", try Drawing.grey(samples.map { ($0 * 200 + 127) / 255 })),
        ]
        for (name, reading) in readings {
            #expect(reading.mask == Drawing.half, "\(name)")
            #expect(reading.remarks.count == 1 && reading.remarks[0].contains("soft edges"), "\(name)")
        }
        let hard = RGBImage(
            height: Drawing.height, width: Drawing.width,
            pixels: Drawing.hard.values.flatMap { [UInt8](repeating: $0 ? 255 : 0, count: 3) })
        let jpeg = try MaskReading.read(try ImageCodec.jpeg(hard, file: "", quality: 90), file: "m.jpg")
        #expect(jpeg.mask == Drawing.hard)
        #expect(jpeg.remarks.count == 1 && jpeg.remarks[0].contains("JPEG"))
        let again = try ImageFile.decode(try ImageCodec.jpeg(hard, file: "", quality: 60), name: "")
        let saved = try MaskReading.read(try ImageCodec.png(again, file: ""), file: "m.png")
        #expect(saved.mask == Drawing.hard)
    }

    @Test("One shade at the edge of a mask is not the mask")
    func oneShade() throws {
        let samples = zip(Drawing.soft, Drawing.hard.values).map { $1 ? 255 : $0 > 0 ? 64 : 0 }
        #expect(try Drawing.grey(samples).mask == Drawing.hard)
        #expect(try Drawing.rgb(samples).mask == Drawing.hard)
    }

    @Test("A palette without black: index 0 is the background of colours, the darker grey that of greys")
    func noBlack() throws {
        let colors = try Drawing.read(PictureWriter(kind: .palette, palette: [[40, 90, 30], [200, 0, 0], [0, 0, 200]]), ones)
        #expect(colors.mask == Drawing.hard)
        #expect(colors.remarks.count == 1 && colors.remarks[0].contains("index 0"))
        let greys = PictureWriter(kind: .palette, palette: [[254, 254, 254], [1, 1, 1]])
        let reading = try Drawing.read(greys, ones.map { 1 - $0 })
        #expect(reading.mask == Drawing.hard && reading.remarks.count == 1)
        #expect(try Drawing.read(greys, ones.map { _ in 0 }).mask.isFull)
    }

    @Test("Grey values mean the same as RGB")
    func greyAsRGB() throws {
        var samples = Drawing.classes(13, 15)
        for x in 0..<Drawing.width { samples[x] = 255 }
        #expect(try Drawing.rgb(samples) == Drawing.grey(samples))
        #expect(try Drawing.rgb(samples).mask == Drawing.hard)
    }

    @Test("All classes of a label map are the object, a remark names them, a value picks one")
    func classes() throws {
        var palette = (0..<256).map { ColorMap.vocColor($0) }
        var samples = Drawing.classes(13, 15)
        for x in 0..<Drawing.width { samples[x] = 255 }
        for writer in [PictureWriter(kind: .palette, palette: palette), PictureWriter(kind: .grey)] {
            let all = try Drawing.read(writer, samples)
            #expect(all.mask == Drawing.hard)
            #expect(all.remarks.count == 1 && all.remarks[0].contains("13 and 15") && all.remarks[0].contains("255 is void"))
            let one = try Drawing.read(writer, samples, .value(13))
            #expect(one.mask == Drawing.left && one.remarks == [])
            let error = #expect(throws: ImageError.self) { try Drawing.read(writer, samples, .value(14)) }
            #expect(error?.description.contains("13") == true)
        }
        let colored = try Drawing.read(PictureWriter(kind: .rgb), samples.flatMap { palette[$0].map(Int.init) })
        #expect(colored.mask == Drawing.hard)
        #expect(colored.remarks.count == 1 && colored.remarks[0].contains("192,0,128"))
        let codes = PictureWriter(kind: .rgb)
        let pixels = samples.flatMap { palette[$0].map(Int.init) }
        let absent = MaskValue.color(red: 64, green: 128, blue: 128)
        #expect(throws: ImageError.self) { try Drawing.read(codes, pixels, .value(absent)) }
        let left = palette[13]
        #expect(try Drawing.read(codes, pixels, .value(.color(red: left[0], green: left[1], blue: left[2]))).mask == Drawing.left)
        #expect(throws: ImageError.self) { try Drawing.read(codes, pixels, .value(13)) }
        palette[0] = [9, 9, 9]
        let everything = try Drawing.read(PictureWriter(kind: .palette, palette: palette), samples, .nonzero)
        #expect(everything.mask.values == samples.map { $0 != 0 })
    }

    @Test("Shades in areas are classes: nothing of them is lost")
    func areas() throws {
        for (left, right) in [(100, 200), (128, 255), (85, 170), (127, 255)] {
            let reading = try Drawing.grey(Drawing.classes(left, right))
            #expect(reading.mask == Drawing.hard, "\(left) \(right)")
            #expect(reading.remarks.count == 1, "\(left) \(right)")
            #expect(try Drawing.rgb(Drawing.classes(left, right)).mask == Drawing.hard, "\(left) \(right)")
        }
        let dark = try Drawing.rgb(Drawing.classes(1, 2), colors: [[0, 0, 0], [64, 0, 0], [192, 128, 128]])
        #expect(dark.mask == Drawing.hard)
    }

    @Test("A photo given as a mask, and a mask of everything, are remarked upon")
    func photos() throws {
        var random = NumPyRandom(seed: 3)
        let noise = (0..<(Drawing.height * Drawing.width * 3)).map { _ in random.interval(254) + 1 }
        let photo = try Drawing.read(PictureWriter(kind: .rgb), noise)
        #expect(photo.remarks.contains { $0.contains("photo") })
        let image = RGBImage(height: Drawing.height, width: Drawing.width, pixels: noise.map { UInt8($0) })
        let jpeg = try MaskReading.read(try ImageCodec.jpeg(image, file: "", quality: 90), file: "m.jpg")
        #expect(jpeg.remarks.contains { $0.contains("photo") })
        let full = try Drawing.grey(Array(repeating: 255, count: Drawing.height * Drawing.width))
        #expect(full.remarks == ["m.png: every pixel is the object"])
        let grey = try Drawing.grey((0..<(Drawing.height * Drawing.width)).map { noise[$0] })
        #expect(grey.remarks.contains { $0.contains("photo") })
    }

    @Test(
        "Values are written as numbers and colours",
        arguments: [
            ("15", MaskValue.index(15)), ("1000", .index(1000)), ("128,0,255", .color(red: 128, green: 0, blue: 255)),
            ("#8000ff", .color(red: 128, green: 0, blue: 255)),
        ]) func valueTexts(_ text: String, _ value: MaskValue) throws
    {
        #expect(MaskValue(text) == value)
        #expect(MaskValue(value.description) == value)
        #expect(try JSONDecoder().decode([MaskValue].self, from: JSONEncoder().encode([value])) == [value])
    }

    @Test("Other words are no values", arguments: ["", "x", "-1", "65536", "1,2", "1,2,300", "#80", "#80000g"])
    func badValueTexts(_ text: String) { #expect(MaskValue(text) == nil) }
}
