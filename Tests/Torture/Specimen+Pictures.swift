internal import Datasets
internal import Foundation

extension Specimen {
    static let pictures: [(name: String, make: Maker)] = [
        (
            "png",
            { place in
                let written = try ["rgb.png", "mask.png", "labels.png"].map { try encoded($0, in: place) }
                var specimen = picture("picture.png", try written + pngs.map { try bytes(base64: $0) }, in: place)
                specimen.wrap = { bytes, random in
                    var bytes = bytes
                    if random.below(4) > 0 { PNGChecksums.repair(&bytes) }
                    return bytes
                }
                return specimen
            }
        ),
        (
            "jpeg",
            { place in
                let written = try encoded("rgb.jpg", in: place)
                return picture("picture.jpg", try [written] + jpegs.map { try bytes(base64: $0) }, in: place)
            }
        ),
    ]

    /// Every reader of pictures: photos, headers, label maps, masks.
    private static func picture(_ file: String, _ originals: [[UInt8]], in place: Place) -> Specimen {
        Specimen(
            file: file, isText: false, originals: originals,
            readers: [
                { _ = try ImageFile.load($0) },
                { _ = try ImageFile.header($0).height },
                { _ = try LabelMap.load($0).colored() },
                { _ = try MaskReading.load($0).mask.area },
                { _ = try MaskReading.load($0, rule: .value(1)).mask.area },
            ])
    }

    /// What the library itself writes.
    private static func encoded(_ name: String, in place: Place) throws -> [UInt8] {
        let (height, width) = (18, 24)
        let pixels = (0..<(height * width * 3)).map { UInt8(truncatingIfNeeded: $0 * 7 / 3) }
        let photo = RGBImage(height: height, width: width, pixels: pixels)
        let labels = LabelMap(height: height, width: width, values: (0..<(height * width)).map { UInt8($0 / 100) })
        switch name {
        case "mask.png": try labels.mask(ofClass: 1).save(to: place.url(name))
        case "labels.png": try labels.save(to: place.url(name))
        default: try ImageFile.save(photo, to: place.url(name))
        }
        return try [UInt8](Data(contentsOf: place.url(name)))
    }

    /// Written by Pillow: 16 bit grey, a palette with a transparent entry, grey with alpha, one bit, a palette of one bit.
    private static let pngs = [
        """
        iVBORw0KGgoAAAANSUhEUgAAABgAAAASEAAAAAA0F50BAAAAHElEQVR4nGNkwACMOphiCMCET3JUw6iGUQ34AQDY/QBR+Js3uAAAAABJRU5E
        rkJggg==
        """,
        """
        iVBORw0KGgoAAAANSUhEUgAAABgAAAASAgMAAAA8gvYNAAAACVBMVEX///+AAAAAgABbYiXOAAAAAXRSTlMAQObYZgAAABpJREFUeJxjZGAQ
        dWBgYGJgYGAgn2IMJc8UAFVVASKZRQPtAAAAAElFTkSuQmCC
        """,
        """
        iVBORw0KGgoAAAANSUhEUgAAABgAAAASCAQAAADr5dYVAAAAG0lEQVR4nGNk+M/1jRTIxEAiGNUwqmFUAwIAAJucGCM0CCTGAAAAAElFTkSu
        QmCC
        """,
        """
        iVBORw0KGgoAAAANSUhEUgAAABgAAAASAQAAAABplyMzAAAAEklEQVR4nGNgqP/PxMDAQCkGAGyFAaFBX9qrAAAAAElFTkSuQmCC
        """,
        """
        iVBORw0KGgoAAAANSUhEUgAAABgAAAASAQMAAAB7IozdAAAABlBMVEVttm2AAACm82yhAAAAF0lEQVR4nGNgqP/PxMDAQBD/Z2TEJw8Ai6EC
        oncT56MAAAAASUVORK5CYII=
        """,
    ]

    /// Written by Pillow: progressive, grey with an orientation of 6, four inks.
    private static let jpegs = [
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCN
        l4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wgAR
        CAASABgDASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAMEBf/EABgBAAMBAQAAAAAAAAAAAAAAAAECBAMF/9oADAMBAAIQAxAAAAHm
        2tYCDaaydjLk2DWf/8QAFhABAQEAAAAAAAAAAAAAAAAAAAEC/9oACAEBAAEFAplMplMplMoiP//EABcRAQADAAAAAAAAAAAAAAAAAAABAgP/
        2gAIAQMBAT8BpojRRD//xAAWEQEBAQAAAAAAAAAAAAAAAAARABD/2gAIAQIBAT8BZ3//xAAUEAEAAAAAAAAAAAAAAAAAAAAw/9oACAEBAAY/
        Ah//xAAUEAEAAAAAAAAAAAAAAAAAAAAw/9oACAEBAAE/IRAAH//aAAwDAQACAAMAAAAQIw/D/8QAFxEBAAMAAAAAAAAAAAAAAAAAABAhMf/a
        AAgBAwEBPxB1xy//xAAVEQEBAAAAAAAAAAAAAAAAAAAAAf/aAAgBAgEBPxCEIj//xAAXEAEBAQEAAAAAAAAAAAAAAAAAAWFR/9oACAEBAAE/
        EM2bNmzZpiZxM4//2Q==
        """,
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwc
        Hj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/wAALCAASABgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAEC
        AwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0
        NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJ
        ytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AOasu1dBZdq6Cy7V5/Zdq6Cy7V0Fl2rz+y7V0Fl2roLLtX//2Q==
        """,
        """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAbEhQXFBEbFxYXHhwbIChCKyglJShROj0wQmBVZWRfVV1baniZgWpxkHNbXYW1hpCeo6utq2eAvMm6
        pseZqKuk/8AAFAgAEgAYBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAAB
        fQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hp
        anN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5
        +v/aAA4EQwBNAFkASwAAPwDDte1Y32T2rDiirpq2LXtR9k9quRRUVsWvaj7J7Vciiorj7XtW59k9qpxRUVsWvaj7J7VciiorYte1H2T2q5FF
        RXH2vatPA9Kz4qK2LXtRgelXIqK2LXtRgelXIqK//9k=
        """,
    ]
}
