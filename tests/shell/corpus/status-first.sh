# fails
false | true
