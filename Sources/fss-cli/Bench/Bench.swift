internal import ArgumentParser
struct Bench: ParsableCommand {}
