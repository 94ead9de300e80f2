import Foundation

/// The same bytes packed by zlib 1.2.13 in ways that libdeflate does not have.
///
/// Made with Python: `zlib.compressobj(6, zlib.DEFLATED, 15, 9, strategy)`; the bytes come from the generator below.
enum ZlibSamples {
  static let all: [(plain: [UInt8], packed: [UInt8])] = texts.map {
    (plain, Array(Data(base64Encoded: $0) ?? Data()))
  }

  private static let plain: [UInt8] = {
    var state: UInt32 = 12_345
    var bytes: [UInt8] = []
    while bytes.count < 700 {
      state = state &* 1_664_525 &+ 1_013_904_223
      let high = state >> 24
      if high < 128 {
        bytes += Array(repeating: UInt8(high % 7), count: 1 + Int(state >> 16) % 5)
      } else {
        bytes.append(UInt8(high))
      }
    }
    return Array(bytes.prefix(700))
  }()

  private static let texts = [
    // zlib.Z_DEFAULT_STRATEGY
    "eJwtUv1PU0EQvLf38X8DViWUSNomRVCQalMEKiGakqbaCLHQhBAJtFGr8EIQUJQGqNDE8LUz7fxwebu3Ozuz97z3DhjJ/TJAcrxu"
      + "bbWrmbfeKi595/Y1Pmyk4MeCXup3SxRIhuBSV7hYB4H/NzI3Ox1COP3kgTKSpfQqe52bT8Tok79V7VxEgTEbG1YzPi4PU4LI3pZr"
      + "Lj06nPnDuL5j7dQzkznQImPWK56SRfZJtLYs8v7LE846phUMKm7faees5gIx+PsaxO1jFTQhwrr/tQL9qH7nQjg3JnoxD8pvcBWR"
      + "cSL9EiU+rYmctcJkxqA9hrYTasCE0V4HwhpurMWZDcUySzhp0onqqZHkoTOVKnjyNzCPRey1oyjL2ey3pQp3THTt4+ty380ia5qJ"
      + "5qtq6SKEJqKi3+XzpfaVcnzlSHomx7hBFDwdWkpb+m4IJCV61hU0CFDjRT/9c3NXnzaePMW6g5I8oI43OL46h2py+0BSPkULv4m8"
      + "swcfNWpEfaREPoD5M6Ps1vRZT5KemR9svo0cGBV5atiBgKHOdnuYb8x1fq/nnzuXKbRwlxyAlHvtq4s6",
    // zlib.Z_FIXED
    "eAFjZWVlAYHuRS8YQKBnxglm5n3fgSKbWZmB4Cvr538rQQxmRiAAM9YAJYHsW0xAABJkY2OZ9A0kcRxkAOuX7lUr5rOxsb09wgoC"
      + "O0GC2yYfAutlYVndeh+kj+nNPqDO9SAFDAynTzMDRVjv7+wEO4GJ6d4Flqsb258ufA3mn7jMzDxvDsOUx0BFDAzHd7OCnczE9BBs"
      + "0LHtTEx7rveD7XoO9grIorWX/gN1rgCKsYFB08s/IIPfPQc6aBYTE1jdr6PLwf4Bup+FhY3tIwMD44LVICNvgnzFCDZx1uTFICWs"
      + "k4ECi5iZmcCCUxhA2u+D3PYK7AaQDb0QHSDuUZAMMzOInM62didYCdim2SxMQPccBRvSxsKwex/InKV/QZ4HBcS9d4yM08F2g/Uz"
      + "b9sNDmMw+M7c8Wcn1DfrwWqutl5dsm/bJza2qyDeWta74Oib9BBo5IyDz5ggnpwADkGQgpnNGyczg/19hQnkpFaI14EA7EEQALvx"
      + "E1T4ydm7wKi9P/stKLjZgIa0gN2xDkTcYGEBqQabzcoGNhQcFbdAyYRpC/PjA0DeFUYomMTEtBdk8nkwb/qF+R8gTgKSU+6ANf9j"
      + "ZAGZCARLwW64DHJA8+dL7zrBcQwOztsnls5lYZmy/BZIrqcR5BQA7auLOg==",
    // zlib.Z_HUFFMAN_ONLY
    "eAEFwYlrDwAYBuD3e4/v/2bmyETbau57OWYkmn6NhYyVRFiYY61hzuVWcj1PEtv29qNvAAAjuxekuZ+2L0SSvufr31OSpKoqSdIZ"
      + "21W1RJJVVd0e/SFJtwAg37afPnmouz/eSJIMAGBm7HpJkj01vEyS/DBXVeeSBLh9WySzPNgGACBf3PPi+S2vjrwHACw8kA7ux/gq"
      + "SeDWbBLb5ApJ8uYl8vKjnUmSNdu2JE3f/wfgZJLu7u6Nb38D5PpaMthL2rZ/zZ+QJHXb7v4M1OEpknxSVVVJkr1jxyQpY1V1VGKS"
      + "ZBy2vQwA70iS3d07qpKEJOcBQAKAiZ4ekCQlSfvMdM8nSTYbs3O2PfmHZJLgxXrVRFVVAZA0M7tEkiTJn9r6e5B0d/e5qqpaHF48"
      + "PjfzpXuxqmo6zwFgZHTF9u5rr0na9i4AQFXVnqHzY7JtP+SA5LAkdXe3JCVJJElfJHV3v7zzvKqX931M4gawiSR5liQf24kEAEjb"
      + "tkny5pKk4kWtXiX5sKqqqmqUvCJJd6uqauLeoU8AqgrA+DPb9t+ynSSZlCQ96O4e+np/fdsKSQKAni5MHrDHTyx1d49sIHn2P+2r"
      + "izo=",
    // zlib.Z_RLE
    "eAE1wQ1LEwAQBuC79z7+d9kqcVFsg5lWljW0bIoUi7EaFakDiUQd1UrHsLIvR2klhFl3Uc9jZprGpt9TKo53RNqHqnrHJHy3g+Ob"
      + "kjhIuq2qzNxD4OCupR8SVijYt7Fbs1PuvvfEUpNCo/yYJajOFfpIn9vMvGCBaHVVAFi/OUoJ2F7T7uKZt9c+UepsiFy5RJUdAEQr"
      + "LTNTVWCAtHwPuP/8vKVdTRLq67+JaNbM/K+TH46IgOGuWXMC0PRzaUaSu6q6fyXiq3MILzlZmihfl2BlZp4WgaUKaehT+Ijk4Ryz"
      + "BYQlCiIUql5vIkmaVJj7kqXTSq22htovABZoe8hc5UREItJo9fDfoZw9app5WuDULXRvtBv77l0OdduiUCwNVHX80TsAGi5Q4nBx"
      + "ZLEsmjbRBFCQ4EmCJUn7IuLhzdMtZu9P7pmZOhGdQppHeKFqJkLJXBPCck9EGHdl5yGATf6nBDyQ8IxTdW3qCxExMxFVXms6ZlW1"
      + "VJO04WHkYH04OkCgIK86tcuqlZmeh+IJAPN/AO2rizo=",
    // a window of 512 bytes
    "GJU1T2lLAlAQfG/f8b877CCjUMHuWzotojDEkoo0IaKopLJDpPuS7iC6dlabD4+3szuzs845C7QMXSsg2JEzJv3BzJwzjDf38jOO"
      + "j9EM+Uxxk/8FYoD03obe0ViHgXttmRjr994/rDkgCTIRXhWttZOBInR0n2blDAaU2tgwzLhislkiEJ1u2/xs48XgndS5XWP6elTk"
      + "jIeUWk85iUxUEqPsAtHifpvsupJTsCi+88vKMea8oPbmC8blKw7URSRzn5lRuYfzW+v9k1J6YBKWh7hKi2NXeBgjLszEkDEkZERB"
      + "XkS2W8mADa0VBcoMOsbgjfp4UkZkU7clzpMRkwarUmn4xL65DUadlrWOym7Rm0SqQP/4ME1fyeo1MzKTD+RH0oln7/Oo4u4E+4Kh"
      + "Elt2rFxS5ch2kAoDnXWzYSN37xEiBRBI7ORAQDI+V+nzzROtfbH7gRvWs0m95JjGc2AtpsXbeTEFnS2wVtO8OVvmak9XESJagvOW"
      + "VNHt/sdKJH4jxyL+0RaOjJhk2EWAupedcnMJvlhjjnKxXmsjowX0gjWI8gftq4s6",
    // zlib.Z_SYNC_FLUSH each 150 bytes
    "eJxiZWVlAYHuRS8YQKBnxglm5n3fgSKbWZmB4Cvr538rQQxmRiAAM9YAJYHsW0xAABJkY2OZ9A0kcRxkAOuX7lUr5rOxsb09wgoC"
      + "O0GC2yYfAutlYVndeh+kj+nNPqDO9SAFDAynTzMDRVjv7+wEO4GJ6R4AAAD//7rAcnVj+9OFr8H8E5eZmefNYZjyGKiIgeH4blaw"
      + "k5mYHoINOradiWnP9X6wXc/BXgFZtPbSf6DOFUAxNjBoevkHZPC750AHzWJiAqv7dXQ52D9A97OwsLF9ZGBgXLAaZORNkK8YwSbO"
      + "mrwYpIR1MlBgEQAAAP//YmZmAgtOYQBpvw9y2yuwG0A29EJ0gLhHQTLMzCByOtvanWAlYJtmszAB3XMUbEgbC8PufSBzlv4FeR4U"
      + "EPfeMTJOB9sN1s+8bTc4jMHgO3PHn51Q36wHq7naenXJvm2f2AAAAAD//2K7CuKtZb0Ljr5JD4FGzjj4jAniyQngEAQpmNm8cTIz"
      + "2N9XmEBOaoV4HQjAHgQBsBs/QYWfnL0LjNr7s9+CgpsNaEgL2B3rQMQNFhaQarDZrGxgQ8FRcQuUTJi2MD8+wAQAAAD//2JiusII"
      + "BZOYmPaCTD4P5k2/MP8DxElAcsodsOZ/jCwgE4FgKdgNl0EOaP586V0nOI7BwXn7xNK5LCxTlt8CyfU0gpwCAAAA//8DAO2rizo=",
    // zlib.Z_PARTIAL_FLUSH each 150 bytes
    "eJxiZWVlAYHuRS8YQKBnxglm5n3fgSKbWZmB4Cvr538rQQxmRiAAM9YAJYHsW0xAABJkY2OZ9A0kcRxkAOuX7lUr5rOxsb09wgoC"
      + "O0GC2yYfAutlYVndeh+kj+nNPqDO9SAFDAynTzMDRVjv7+wEO4GJ6R5AAF1gubqx/enC12D+icvMzPPmMEx5DFTEwHB8NyvYyUxM"
      + "D8EGHdvOxLTnej/Yrudgr4AsWnvpP1DnCqAYGxg0vfwDMvjdc6CDZjExgdX9Oroc7B+g+1lY2Ng+MjAwLlgNMvImyFeMYBNnTV4M"
      + "UsI6GSiwCCCAmJmZwIJTGEDa74Pc9grsBpANvRAdIO5RkAwzM4iczrZ2J1gJ2KbZLExA9xwFG9LGwrB7H8icpX9BngcFxL13jIzT"
      + "wXaD9TNv2w0OYzD4ztzxZyfUN+vBaq62Xl2yb9snNoAAYrsK4q1lvQuOvkkPgUbOOPiMCeLJCeAQBCmY2bxxMjPY31eYQE5qhXgd"
      + "CMAeBAGwGz9BhZ+cvQuM2vuz34KCmw1oSAvYHetAxA0WFpBqsNmsbGBDwVFxC5RMmLYwPz7ABBBATExXGKFgEhPTXpDJ58G86Rfm"
      + "f4A4CUhOuQPW/I+RBWQiECwFu+EyyAHNny+96wTHMTg4b59YOpeFZcryWyC5nkaQUwACDADtq4s6",
    // stored
    "eAEBvAJD/QUFBQQEBAQEi6LoAAAAAACMmMgDA773BAQEswUDAwMD9QXz/qkDAwMDAwEBAQEDAwMDA6wEBAQBAQHaAgICAgEBAQEG"
      + "BgSS9gMDAwPHAAAAAAX0i6qonwYGBu3EBQUFBQW5AAAAALaTwgEDAwMDBASrhd8CAgICAuy+AQEBrwUFBQUAAMvLAwICAgXfuYkA"
      + "AAAAAAIC3tAE1bGH5aHrAAAAAADI0wMDnpwAlOMCAgIAAMe7BQUFBAQEAgLhAgICAgLGtwICvNePBQUFBQXnBAQEBAQDAwMDrdL/"
      + "AAAAqAUFBQYGBgYGBoLp/AAAAgLu5wUFuZoCAgQEBAQE+sWnAwMDAwMGBgQEBAYG8QAAAaCrAgICAtkBAQEBAQUFBQUFmpOjAwMD"
      + "AwWTAQEBogMDAgUFBQUFlAAEBAQE3wAAAADqAgICAgIGBgYGjQEBBQUFBQICAgLFAAAAAAMDAAAAAJcGrbkCAgICAgMDAwMDmwQC"
      + "BQYGxQUFBQUFhgQAu74EBAQEpf0CAgIFBQUFAN7uAQGXAQEBAQEAAAADAwO2u9oCAgICAgICAgL3A4j8uQUFBgYGBgavAQEBAQHV"
      + "hdWkvrbyBgbVAQEBAa0F3QAAAACMkuEEBASYweYCAgIEBAQEkAAAAAAAAQEBAZmDsZMDBAQEBATUArkCAgKFAwMDAwYGBgYGAwMD"
      + "AwUFBQUFAwMDAwPyAwMDBgYGBuTN3QEBBt+b7QUFBQQGAAAAhAICAgICrgICAgLYBAQFBQMDAAAAAAAFBgQEBAQEAgICAsbaAwMD"
      + "AQK0A+PAAgIC1AEBAQEBAQEBkgICvQMDAwPPAQEBAQGX0J/wAAAAAQEBAAAAlNwEBAQEBP4BBAQEBQUFBQWlAwMDAwPTBgYGBoPz"
      + "0u6J4QICAgIAAAAAA9vIpZ0EBJSn2gYGBgaMgQICAq7tq4s6",
  ]
}
