internal import ArgumentParser
internal import Datasets
internal import Diffusion
internal import Synchronization

/// A value that knows its place among the values of other options.
///
/// The argument parser keeps the order of values within one option only, but it reads the command line from left to right: each
/// value takes the next number when it is read, so that the numbers of one parse are in the order of the words.
struct OrderedValue: ExpressibleByArgument {
    private static let count = Atomic(0)

    /// Grows along the command line.
    let place: Int
    /// As it was given.
    let text: String

    init(place: Int, text: String) {
        self.place = place
        self.text = text
    }

    init(argument: String) {
        place = Self.count.add(1, ordering: .relaxed).oldValue
        text = argument
    }
}

/// The options that show a thing: photos, each with annotations after it.
struct SupportOptions: ParsableArguments {
    @Option(parsing: .upToNextOption, help: ArgumentHelp("A photo that shows the thing; may be repeated.", valueName: "image"))
    var support: [OrderedValue] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The thing's pixels in the support: a PNG of its size, all that is not black or transparent. Soft edges count from half of the brightest.",
            valueName: "file"))
    var mask: [OrderedValue] = []

    @Option(
        help: ArgumentHelp(
            "The value of the thing in masks of several: an index or id (15) or a colour (128,0,0); all by default.",
            valueName: "value"))
    var maskValue: MaskValue?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("A box around the thing, x0,y0,x1,y1 in pixels, fractions allowed, or a file.", valueName: "box"))
    var box: [OrderedValue] = []

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Strokes on the thing: a picture or JSON.", valueName: "file"))
    var scribble: [OrderedValue] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("A place on the thing, x,y in pixels, or a file of places; may be repeated.", valueName: "point"))
    var point: [OrderedValue] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "What marks the thing, recognised by content: labelme, COCO, YOLO, CVAT, VOC, Label Studio, image,annotation,class.",
            valueName: "file"))
    var annotation: [OrderedValue] = []

    @Flag(help: "The supports carry no annotation: the thing is what they share with each photo.")
    var noMask = false

    @Option(name: .customLong("class"), help: ArgumentHelp("The class to take from files that mark several.", valueName: "name"))
    var className: String?

    @Option(
        help: ArgumentHelp(
            "Weights of Segment Anything (B, L, H or MobileSAM), which makes a mask of boxes, strokes and points first.",
            valueName: "file"))
    var sam: String?

    /// What makes masks of weaker annotations.
    var masker: SupportMaskerChoice? { sam.map { .segmentAnything(weights: $0) } }

    func validate() throws {
        if noMask, sam != nil {
            throw ValidationError("--sam makes masks of boxes, strokes and points, but --no-mask is given; leave one out.")
        }
    }

    /// Values as they were meant: numbers that stand as words of their own belong together.
    private static func joined(_ values: [OrderedValue], _ count: Int) -> [OrderedValue] {
        let runs = values.split { Double($0.text) == nil }
        guard runs.allSatisfy({ $0.count % count == 0 }) else { return values }
        let starts = Set(runs.flatMap { stride(from: $0.startIndex, to: $0.endIndex, by: count) })
        return values.indices.compactMap { index in
            guard Double(values[index].text) != nil else { return values[index] }
            guard starts.contains(index) else { return nil }
            let words = values[index..<(index + count)].map(\.text)
            return OrderedValue(place: values[index].place, text: words.joined(separator: ","))
        }
    }

    /// Refuses a box with the numbers of a point, and the reverse.
    private static func checked(_ values: [OrderedValue], isPoint: Bool) throws(ValidationError) -> [OrderedValue] {
        for value in values {
            guard let numbers = SupportChoice.numbers(value.text), (numbers.count == 2) != isPoint else { continue }
            let expected = isPoint ? "--point takes two numbers, x,y" : "--box takes four numbers, x0,y0,x1,y1"
            throw ValidationError("\(expected), found '\(value.text)'.")
        }
        return values
    }

    /// Photos with their annotations.
    var choices: [SupportChoice] {
        get throws {
            let photos = support.map { ($0.place, SupportChoice.Word.photo($0.text)) }
            let boxes = try Self.checked(Self.joined(box, 4), isPoint: false)
            let points = try Self.checked(Self.joined(point, 2), isPoint: true)
            let annotations = (mask + boxes + scribble + points + annotation).map {
                ($0.place, SupportChoice.Word.annotation($0.text))
            }
            if noMask {
                guard annotations.isEmpty else {
                    throw ValidationError("--no-mask is given beside an annotation; leave one out.")
                }
                return support.map { value in
                    var choice = SupportChoice(image: value.text, annotations: [])
                    choice.isUnannotated = true
                    return choice
                }
            }
            let paired = try SupportChoice.paired((photos + annotations).sorted { $0.0 < $1.0 }.map(\.1))
            return paired.map { choice in
                var choice = choice
                (choice.maskValue, choice.className) = (maskValue, className)
                return choice
            }
        }
    }
}
