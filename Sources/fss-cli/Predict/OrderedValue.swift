internal import ArgumentParser
internal import Datasets
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
    var support: [OrderedValue]

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("The thing's pixels in the support: a PNG of its size.", valueName: "file"))
    var mask: [OrderedValue] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("A box around the thing, x0,y0,x1,y1 in pixels, fractions allowed, or a file.", valueName: "box"))
    var box: [OrderedValue] = []

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Strokes on the thing: a picture or JSON.", valueName: "file"))
    var scribble: [OrderedValue] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "What marks the thing, recognised by content: labelme, COCO, YOLO, CVAT, VOC, Label Studio, image,annotation,class.",
            valueName: "file"))
    var annotation: [OrderedValue] = []

    @Option(name: .customLong("class"), help: ArgumentHelp("The class to take from files that mark several.", valueName: "name"))
    var className: String?

    /// Boxes as they were meant: four numbers that stand as words of their own are one box.
    private var joinedBoxes: [OrderedValue] {
        guard box.count % 4 == 0, box.allSatisfy({ Double($0.text) != nil }) else { return box }
        return stride(from: 0, to: box.count, by: 4).map { start in
            OrderedValue(place: box[start].place, text: box[start..<(start + 4)].map(\.text).joined(separator: ","))
        }
    }

    /// Photos with their annotations.
    var choices: [SupportChoice] {
        get throws {
            let photos = support.map { ($0.place, SupportChoice.Word.photo($0.text)) }
            let annotations = (mask + joinedBoxes + scribble + annotation).map {
                ($0.place, SupportChoice.Word.annotation($0.text))
            }
            let paired = try SupportChoice.paired((photos + annotations).sorted { $0.0 < $1.0 }.map(\.1))
            return paired.map { SupportChoice(image: $0.image, annotations: $0.annotations, className: className) }
        }
    }
}
