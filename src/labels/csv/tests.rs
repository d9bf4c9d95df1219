use super::*;
use crate::labels::LabelFile;

fn parse(bytes: &[u8]) -> Result<Parsed> {
    read_rows(Path::new("labels.csv"), bytes)
}

fn said(bytes: &[u8]) -> String {
    let error = parse(bytes).unwrap_err();
    format!("{error} -> {}", error.hint().unwrap_or_default())
}

fn lines(rows: &Parsed) -> Vec<(u64, &str)> {
    rows.rows.iter().map(|row| (row.line, row.fields[rows.columns.image].as_str())).collect()
}

#[test]
fn a_file_that_is_no_label_table_says_what_it_is_and_what_to_write() {
    let cases: [&[u8]; 14] = [
        b"",
        b"\n \r\n",
        b"image,seller\n",
        b"image\nvat_0001.jpg\n",
        b"image,name\na,b\n",
        b"photo,seller\na,b\n",
        b"photo,name\na,b\n",
        b"vat_0001.jpg,Smith\n",
        "image，seller\na.jpg，北京\n".as_bytes(),
        b"image,seller,IMAGE\na,b,c\n",
        b"PK\x03\x04\x14\0\x06\0",
        b"image,seller\na.jpg,b\0c\n",
        b"i\0m\0a\0g\0e\0",
        b"image,seller\na.jpg,\xE5\x8C\x97\xE4\xBA\xAC\nb.jpg,\xE5\x8C\x97\xE4\xBA\n",
    ];
    let said: Vec<_> = cases.iter().map(|bytes| said(bytes)).collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    labels.csv: the file is empty -> begin the file with the line `image,seller` (or `图片名称,销售方`), then a line for each photo.
    labels.csv: the file holds nothing but blank lines -> begin the file with the line `image,seller` (or `图片名称,销售方`), then a line for each photo.
    labels.csv: there is a header and no row -> begin the file with the line `image,seller` (or `图片名称,销售方`), then a line for each photo.
    labels.csv:1: there is one column, and two are needed -> begin the file with the line `image,seller` (or `图片名称,销售方`), then a line for each photo.
    labels.csv:1: no column is called "seller"; the columns are "image", "name" -> begin the file with the line `image,seller` (or `图片名称,销售方`), then a line for each photo.
    labels.csv:1: no column is called "image"; the columns are "photo", "seller" -> begin the file with the line `image,seller` (or `图片名称,销售方`), then a line for each photo.
    labels.csv:1: no columns are called "image" and "seller"; the columns are "photo", "name" -> begin the file with the line `image,seller` (or `图片名称,销售方`), then a line for each photo.
    labels.csv:1: the first line is a row; the header is missing -> begin the file with the line `image,seller` (or `图片名称,销售方`), then a line for each photo.
    labels.csv:1: the columns are separated by full-width commas (，) -> use the comma of a Western keyboard, and put names that contain one into quotes.
    labels.csv:1: two columns are called "IMAGE" -> rename or remove one.
    labels.csv: an Excel workbook (or another zip archive), not a CSV file -> in Excel or WPS choose Save As, "CSV UTF-8".
    labels.csv:2: a zero byte: this is not a text file -> in Excel or WPS choose Save As, "CSV UTF-8".
    labels.csv: the file is UTF-16 without its byte order mark -> in Excel or WPS choose Save As, "CSV UTF-8".
    labels.csv:3: bytes that are neither UTF-8 nor GBK -> in Excel or WPS choose Save As, "CSV UTF-8".
    "#);
}

#[test]
fn headers_are_found_in_both_languages_any_case_and_any_order() {
    for header in
        ["image,seller", " Image , SELLER ", "图片名称,销售方", "图片名称,seller", "\u{FEFF}image,\u{3000}seller"]
    {
        let rows = parse(format!("{header}\na.jpg,甲\n").as_bytes()).unwrap();
        assert_eq!((rows.columns.image, rows.columns.seller), (0, 1), "{header}");
    }
    let rows = parse("date,seller,Sheet,,image\n2019,甲,7,x,a.jpg\n".as_bytes()).unwrap();
    assert_eq!((rows.columns.image, rows.columns.seller, rows.columns.sheet), (4, 1, Some(2)));
    assert_eq!(rows.columns.others, [(0, "date".to_owned()), (3, "column_4".to_owned())]);
}

#[test]
fn every_encoding_gives_the_same_text() {
    let text = "图片名称,销售方\r\n发票.jpg,佳作天成（北京）科技有限公司\r\n";
    let utf16 =
        |swap: fn(u16) -> [u8; 2]| "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(swap).collect();
    let gbk = encoding_rs::GBK.encode(text).0.into_owned();
    let files: [(Vec<u8>, &str); 5] = [
        (text.as_bytes().to_vec(), ""),
        ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), ""),
        (gbk, "gb18030"),
        (utf16(u16::to_le_bytes), "UTF-16LE"),
        (utf16(u16::to_be_bytes), "UTF-16BE"),
    ];
    let expected = parse(text.as_bytes()).unwrap().rows;
    assert_eq!(expected[0].fields, ["发票.jpg", "佳作天成（北京）科技有限公司"]);
    for (bytes, encoding) in files {
        let rows = parse(&bytes).unwrap();
        assert_eq!(rows.rows, expected, "{encoding}");
        let notes: Vec<_> = rows.findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(notes.len(), usize::from(!encoding.is_empty()), "{encoding}");
        assert!(notes.iter().all(|note| note.contains(encoding)), "{notes:?}");
    }
}

#[test]
fn tabs_and_semicolons_are_understood_and_mentioned() {
    for (separator, name) in [('\t', "tabs"), (';', "semicolons")] {
        let rows = parse(format!("image{separator}seller\na.jpg{separator}Smith, Jones\n").as_bytes()).unwrap();
        assert_eq!(rows.rows[0].fields, ["a.jpg", "Smith, Jones"]);
        assert!(rows.findings[0].message.contains(name));
    }
}

#[test]
fn rows_keep_the_lines_that_an_editor_shows() {
    let text = "\n\nimage,seller\r\n\r\na,\"x\r\ny\"\r\n\n , \nb,z\n\n\nc,z";
    assert_eq!(lines(&parse(text.as_bytes()).unwrap()), [(5, "a"), (9, "b"), (12, "c")]);
    let old_mac = "image,seller\ra,x\rb,y\r";
    assert_eq!(lines(&parse(old_mac.as_bytes()).unwrap()), [(2, "a"), (3, "b")]);
}

#[test]
fn rows_of_the_wrong_length_are_findings_and_the_others_are_kept() {
    let text = "image,seller\na,Smith, Jones\nb\nc，北京\nd,ok,,\ne,\"Smith, \"\"J\"\" Jones\"\n";
    let rows = parse(text.as_bytes()).unwrap();
    assert_eq!(lines(&rows), [(5, "d"), (6, "e")]);
    assert_eq!(rows.rows[1].fields[1], "Smith, \"J\" Jones");
    let said: Vec<_> = rows.findings.iter().map(|finding| format!("{}: {}", finding.place, finding.message)).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    labels.csv:2: the row has 3 fields and the header 2; a name with a comma in it needs quotes
    labels.csv:3: the row has 1 field and the header 2
    labels.csv:4: the row has 1 field and the header 2; a full-width comma (，) does not separate columns
    ");
}

#[test]
fn a_quote_that_is_never_closed_is_found_where_it_opens() {
    let rows = parse(b"image,seller\na,x\nb,\"y\nc,z\nd,w\n").unwrap();
    assert_eq!(lines(&rows), [(2, "a")]);
    assert_eq!((rows.findings[0].place.line, rows.findings[0].rule.code), (Some(3), "LBL008"));
    // A quote inside a field is only a character.
    assert_eq!(parse(b"image,seller\na,5\" pipe\n").unwrap().rows[0].fields[1], "5\" pipe");
}

#[test]
fn a_copy_with_other_sellers_executes_nothing_in_a_spreadsheet_and_is_read_as_the_table_was() {
    let table = "image,seller,sheet,note,total\n=1.jpg,甲,-s,@x,-12.50\n./+2.jpg,乙,'=s,\"\tx\",+3\n";
    let file = Path::new("labels.csv");
    let copy = with_sellers(file, table.as_bytes(), &BTreeMap::from([(2, "丙")])).unwrap();
    let copy = String::from_utf8(copy).unwrap();
    assert_eq!(copy, "image,seller,sheet,note,total\n./=1.jpg,丙,'-s,'@x,-12.50\n./+2.jpg,乙,'=s,'\tx,+3\n");
    let rows = |table: &str| read_rows(file, table.as_bytes()).unwrap().rows;
    assert_eq!(rows(&copy), rows(&table.replace('甲', "丙")));
    assert_eq!(rows(&copy)[0].fields, ["=1.jpg", "丙", "-s", "@x", "-12.50"]);
}

#[test]
fn a_header_has_at_most_a_thousand_columns() {
    let table = |names: &mut dyn Iterator<Item = String>| {
        let names: Vec<_> = ["image", "seller"].map(str::to_owned).into_iter().chain(names).collect();
        format!("{}\n{}\n", names.join(","), vec!["x"; names.len()].join(","))
    };
    let widest = table(&mut (2..1_000).map(|n| n.to_string()));
    assert_eq!(parse(widest.as_bytes()).unwrap().columns.others.len(), 998);
    let file = Path::new("labels.csv");
    for names in [
        &mut (2..1_000_000).map(|n| n.to_string()) as &mut dyn Iterator<Item = String>,
        &mut std::iter::repeat_n("x".to_owned(), 999_998),
    ] {
        let table = table(names);
        let expected = "labels.csv:1: the header has 1,000,000 columns, and at most 1,000 are read";
        assert!(said(table.as_bytes()).starts_with(expected));
        assert_eq!(LabelFile::parse(file, table.as_bytes()).unwrap_err().to_string(), expected);
        // The same where it is no label table.
        assert!(said(table.replace("image", "picture").as_bytes()).starts_with(expected));
    }
}

#[test]
fn a_name_of_more_than_ten_thousand_bytes_is_none() {
    let table = |length: usize| format!("image,seller\na.jpg,{}\n", "x".repeat(length));
    assert!(parse(table(10_000).as_bytes()).is_ok());
    let expected = "labels.csv:2: the seller has 10,001 bytes, and at most 10,000 are read";
    assert!(said(table(10_001).as_bytes()).starts_with(expected));
    let error = LabelFile::parse(Path::new("labels.csv"), table(10_001).as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), expected);
}
